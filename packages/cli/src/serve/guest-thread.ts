// The entry of a thread that answers one request at a time, each in an instance of its own: nothing of one is there for the next.
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { createPreview2, logOutput } from "@tenon/wasi";
import { instantiate } from "@tenon/wasm";
import { neededBy } from "../run/component-program.ts";
import { FuelCount } from "../run/fuel-count.ts";
import { grantsOf } from "../run/grants.ts";
import { endedBy } from "../run/trap.ts";
import type { ServeStart, ThreadAnswer, ThreadCall } from "./messages.ts";

const { plan, modules, request, handler, maxBodyBytes } = workerData as ServeStart;
const grants = await grantsOf(request);

parentPort!.on("message", (call: ThreadCall) => parentPort!.postMessage(answerTo(call)));

function answerTo({ number, call }: ThreadCall): ThreadAnswer {
  const output = logOutput((line) => void writeSync(2, `request ${number}: ${line}\n`));
  const wasi = createPreview2({ ...grants, args: [request.argv0], stdout: output, stderr: output });
  const fuel = new FuelCount(request);
  try {
    const imports = wasi.importsFor(neededBy(plan));
    const linked = instantiate(plan, modules, imports, { coreImports: fuel.tank() });
    const handle = linked.func(handler, "handle")!;
    return { outcome: wasi.answerHttp(call, (incoming, out) => handle(incoming, out), maxBodyBytes) };
  } catch (thrown) {
    return { error: fuel.error?.toJSON() ?? endedBy(thrown).error ?? TenonError.from(thrown).toJSON() };
  } finally {
    wasi.close();
  }
}
