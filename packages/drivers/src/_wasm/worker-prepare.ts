// The entry of a thread that rewrites and compiles modules, so that neither holds up the host.
import { parentPort } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { prepareHere } from "./prepare-here.ts";
import type { PrepareAnswer, PrepareRequest } from "./prepare-here.ts";

parentPort!.on("message", (request: PrepareRequest) => parentPort!.postMessage(answer(request)));

function answer(request: PrepareRequest): PrepareAnswer {
  try {
    return prepareHere(request);
  } catch (thrown) {
    return { error: TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" }).toJSON() };
  }
}
