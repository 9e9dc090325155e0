// The program in a child process that runs one native library: on a thread of it, so that host functions can be waited for.
import { readFileSync } from "node:fs";
import process from "node:process";
import { contractFromDescriptor } from "@tenon/contract";
import { createDylibThreadDriver, forwardTo, moveStdout } from "@tenon/drivers/dylib";
import type { ProcessStart } from "@tenon/drivers/wasm";
import { workerDriver } from "@tenon/drivers/worker";
import { createHost } from "@tenon/host";
import { definePlugin } from "@tenon/plugin";
import { serve } from "@tenon/plugin/serve";

const { pluginId, contract, artifact, limits } = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as ProcessStart;
/** Read now: the file is gone once this process is ready. */
const library = new Uint8Array(readFileSync(artifact.module));
const spoken = contractFromDescriptor(contract);

await moveStdout();
await serve(
  definePlugin(spoken, async (imports) => {
    const host = createHost({
      drivers: [createDylibThreadDriver(workerDriver)],
      onLog: ({ level, text, fields }) =>
        void process.stderr.write(`${JSON.stringify({ ...fields, level, msg: text })}\n`),
    });
    const plugin = await host.load(spoken, {
      id: pluginId,
      boundary: "dylib",
      artifact: { library },
      // Nothing but the end of this process ends a native call; answered before it is over, it would count as ended.
      limits: { ...limits, callMs: 0 },
      imports,
    });
    return forwardTo(plugin, spoken);
  }),
  { maxMessageBytes: limits.maxMessageBytes },
);
