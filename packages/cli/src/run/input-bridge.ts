// The process's standard input, read by the main thread, -> the input of a guest whose thread can then always be ended.
import process from "node:process";
import type { MessagePort } from "node:worker_threads";
import type { InputStream } from "@tenon/wasi";

/** One buffer for both sides: what is asked and answered, then the bytes. */
export interface InputBridge {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly isTerminal: boolean;
}

const HEADER_BYTES = 8;
const CHUNK_BYTES = 64 * 1024;
export const BRIDGE_BYTES: number = HEADER_BYTES + CHUNK_BYTES;

const STATE = 0;
const LENGTH = 1;
const IDLE = 0;
const ASKED = 1;
/** A length of 0 is the end. */
const ANSWERED = 2;

/**
 * The guest's side. It waits in `Atomics.wait`, which the end of the thread interrupts; a read of the descriptor would not be.
 * Nothing is read before the guest asks, so that a program that reads nothing leaves the input to the next one.
 */
export function bridgedInput({ memory, port, isTerminal }: InputBridge): InputStream {
  const head = new Int32Array(memory, 0, 2);
  let rest = new Uint8Array(0);
  let isAtEnd = false;
  const ask = (): void => {
    if (Atomics.compareExchange(head, STATE, IDLE, ASKED) === IDLE) port.postMessage("more");
  };
  const take = (): void => {
    const length = Atomics.load(head, LENGTH);
    isAtEnd = length === 0;
    rest = new Uint8Array(memory, HEADER_BYTES, length).slice();
    Atomics.store(head, STATE, IDLE);
  };
  return {
    isTerminal,
    isReady() {
      if (rest.length > 0 || isAtEnd) return true;
      ask();
      return Atomics.load(head, STATE) === ANSWERED;
    },
    read(into) {
      if (into.length === 0 || (isAtEnd && rest.length === 0)) return 0;
      if (rest.length === 0) {
        ask();
        while (Atomics.load(head, STATE) !== ANSWERED) Atomics.wait(head, STATE, ASKED);
        take();
      }
      const part = rest.subarray(0, into.length);
      into.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}

/** The main thread's side: answers what comes from `port`. */
export function serveInput(memory: SharedArrayBuffer, port: MessagePort): void {
  const head = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, HEADER_BYTES);
  let rest: Uint8Array = new Uint8Array(0);
  port.on("message", () => {
    void (async () => {
      if (rest.length === 0) rest = await nextChunk();
      const part = rest.subarray(0, CHUNK_BYTES);
      bytes.set(part);
      rest = rest.subarray(part.length);
      Atomics.store(head, LENGTH, part.length);
      Atomics.store(head, STATE, ANSWERED);
      Atomics.notify(head, STATE);
    })();
  });
}

/** What comes next on standard input, empty at its end; a broken input has ended. */
function nextChunk(): Promise<Uint8Array> {
  const { stdin } = process;
  return new Promise((resolve) => {
    const settle = (chunk: Uint8Array): void => {
      for (const event of ["end", "close", "error"]) stdin.off(event, end);
      stdin.off("readable", look);
      resolve(chunk);
    };
    const end = (): void => settle(new Uint8Array(0));
    const look = (): void => {
      const chunk = stdin.read() as Buffer | null;
      if (chunk !== null) settle(chunk);
    };
    for (const event of ["end", "close", "error"]) stdin.on(event, end);
    stdin.on("readable", look);
    if (stdin.readableEnded || stdin.destroyed) end();
    else look();
  });
}
