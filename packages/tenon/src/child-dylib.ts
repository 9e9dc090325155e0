// The program in a child process that runs one native library on its main thread.
import { readFileSync } from "node:fs";
import process from "node:process";
import { contractFromDescriptor } from "@tenon/contract";
import { serveLibrary } from "@tenon/drivers/dylib";
import type { ProcessStart } from "@tenon/drivers/wasm";

const { pluginId, contract, artifact, limits } = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as ProcessStart;

await serveLibrary({
  // Read now: the file is gone once this process is ready.
  bytes: new Uint8Array(readFileSync(artifact.module)),
  pluginId,
  contract: contractFromDescriptor(contract),
  limits,
});
