// A guest's synchronous calls to the network thread behind them, and the policy in front.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import type { AccessGuard } from "./guard.ts";
import { GuardedPolicy } from "./guarded-policy.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits, type NetworkOptions, NetworkPolicy } from "./network-policy.ts";
import type { NetworkReply, NetworkRequest, NetworkStart } from "./network-protocol.ts";

/** No request takes long, names excepted; beyond this the thread is given up. */
const REPLY_MS = 30_000;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

/** One guest's network. The thread starts with the first request that the policy lets through. */
export class Network {
  readonly policy: NetworkPolicy;
  readonly http: HttpLimits;
  readonly #options: NetworkOptions;
  #thread: Thread | undefined;
  #next = 1;

  constructor(options: NetworkOptions, guard?: AccessGuard) {
    this.policy = guard === undefined ? new NetworkPolicy(options) : new GuardedPolicy(options, guard);
    this.http = { ...DEFAULT_HTTP_LIMITS, ...options.http };
    this.#options = options;
  }

  nextId(): number {
    return this.#next++;
  }

  /** Blocks until the thread has answered. */
  ask(request: NetworkRequest): NetworkReply {
    const { port, signal } = (this.#thread ??= startThread(this.#options, () => this.close()));
    const seen = Atomics.load(signal, 0);
    port.postMessage(request);
    if (Atomics.wait(signal, 0, seen, REPLY_MS) === "timed-out") {
      this.close();
      throw new TenonError("deadline-exceeded", `the network thread did not answer within ${REPLY_MS} ms`);
    }
    const received: { readonly message: NetworkReply } | undefined = receiveMessageOnPort(port);
    if (received === undefined) throw new TenonError("internal", "the network thread gave a sign and no answer");
    return received.message;
  }

  /** What changes whenever something may have become ready; undefined while there is no thread. */
  get activity(): { readonly cell: Int32Array; readonly seen: number } | undefined {
    if (this.#thread === undefined) return undefined;
    const cell = this.#thread.signal.subarray(1);
    return { cell, seen: Atomics.load(cell, 0) };
  }

  close(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    thread?.port.close();
    void thread?.worker.terminate();
  }
}

function startThread(options: NetworkOptions, lost: () => void): Thread {
  const signal = new Int32Array(new SharedArrayBuffer(8));
  const { port1, port2 } = new MessageChannel();
  const start: NetworkStart = { signal, port: port2, options };
  // tsc leaves names inside URLs alone, so the file is named by what this one is.
  const file = new URL(
    import.meta.url.endsWith(".ts") ? "./worker-network.ts" : "./worker-network.js",
    import.meta.url,
  );
  const worker = new Worker(file, { workerData: start, transferList: [port2], execArgv: [], env: {} });
  // A thread that runs out of memory is this guest's loss, and no error of the host.
  worker.on("error", lost);
  worker.unref();
  port1.unref();
  return { worker, port: port1, signal };
}
