// The entry of a thread that rewrites and compiles modules, so that neither holds up the host.
import { parentPort } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { compileHere, rewrite } from "./prepare-here.ts";
import type { ThreadAnswer, ThreadRequest } from "./prepare-thread.ts";

parentPort!.on("message", (request: ThreadRequest) => {
  const { answer, transfer } = answerTo(request);
  parentPort!.postMessage(answer, transfer);
});

function answerTo({ isKept, ...request }: ThreadRequest): { answer: ThreadAnswer; transfer: ArrayBuffer[] } {
  try {
    const rewritten = rewrite(request);
    const prepared = compileHere(rewritten);
    if (!isKept) return { answer: { prepared }, transfer: [] };
    const buffers = new Set(rewritten.modules.map(({ bytes }) => bytes.buffer as ArrayBuffer));
    return { answer: { prepared, rewritten }, transfer: [...buffers] };
  } catch (thrown) {
    const error = TenonError.from(thrown, "artifact-invalid", { sideEffects: "none" }).toJSON();
    return { answer: { error }, transfer: [] };
  }
}
