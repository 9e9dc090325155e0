// The entry of the thread in which a guest with a time limit runs.
import { parentPort, workerData } from "node:worker_threads";
import { runGuest } from "./guest.ts";
import { type InputBridge, bridgedInput } from "./input-bridge.ts";
import type { RunRequest } from "./request.ts";

/** What the thread is given; its answer is a `RunOutcome`. */
export interface ThreadStart {
  readonly request: RunRequest;
  readonly input: InputBridge;
}

const { request, input } = workerData as ThreadStart;
parentPort!.postMessage(await runGuest(request, async () => bridgedInput(input)));
