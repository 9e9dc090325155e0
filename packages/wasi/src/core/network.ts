// A guest's synchronous calls to the network thread behind them, and the policy in front.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import { type NetworkOptions, NetworkPolicy } from "./network-policy.ts";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}
export type NetworkRequest =
  | { readonly do: "resolve"; readonly name: string }
  | { readonly do: "connect"; readonly id: number; readonly address: string; readonly port: number }
  | { readonly do: "read"; readonly id: number; readonly max: number }
  | { readonly do: "write"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly do: "shutdown"; readonly id: number; readonly how: "receive" | "send" | "both" }
  | { readonly do: "state" | "addresses" | "close"; readonly id: number };
export interface NetworkReply {
  /** A code of Node's, such as `ECONNREFUSED`. */
  readonly error?: string;
  readonly addresses?: readonly string[];
  readonly state?: string;
  readonly held?: number;
  readonly isReadable?: boolean;
  readonly bytes?: Uint8Array;
  readonly isEnd?: boolean;
  readonly local?: Endpoint | undefined;
  readonly remote?: Endpoint | undefined;
}
/** What the thread starts with. */
export interface NetworkStart {
  readonly signal: Int32Array;
  readonly port: MessagePort;
}

/** No request takes long, names excepted; beyond this the thread is given up. */
const REPLY_MS = 30_000;

/** One guest's network. The thread starts with the first request that the policy lets through. */
export class Network {
  readonly policy: NetworkPolicy;
  #thread: { readonly worker: Worker; readonly port: MessagePort; readonly signal: Int32Array } | undefined;
  #next = 1;

  constructor(options: NetworkOptions) {
    this.policy = new NetworkPolicy(options);
  }

  nextId(): number {
    return this.#next++;
  }

  /** Blocks until the thread has answered. */
  ask(request: NetworkRequest): NetworkReply {
    const { port, signal } = (this.#thread ??= startThread());
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

  close(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    thread?.port.close();
    void thread?.worker.terminate();
  }
}

function startThread(): { readonly worker: Worker; readonly port: MessagePort; readonly signal: Int32Array } {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const start: NetworkStart = { signal, port: port2 };
  // tsc leaves names inside URLs alone, so the file is named by what this one is.
  const file = new URL(
    import.meta.url.endsWith(".ts") ? "./worker-network.ts" : "./worker-network.js",
    import.meta.url,
  );
  const worker = new Worker(file, { workerData: start, transferList: [port2], execArgv: [], env: {} });
  worker.unref();
  port1.unref();
  return { worker, port: port1, signal };
}
