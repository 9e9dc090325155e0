// The entry of a thread that rewrites and compiles one module, so that neither holds up the host.
import { parentPort, workerData } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { prepareHere } from "./prepare.ts";
import type { PrepareAnswer, PrepareRequest } from "./prepare.ts";

parentPort!.postMessage(answer(workerData as PrepareRequest));

function answer(request: PrepareRequest): PrepareAnswer {
  try {
    return prepareHere(request);
  } catch (thrown) {
    return { error: TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" }).toJSON() };
  }
}
