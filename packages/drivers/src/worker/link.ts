// A shared memory and a message port -> one end of a link for frames and clones that can block, for either thread.
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { damaged, endsOf, type Side } from "./memory.ts";
import { FRAME_START, RingReader } from "./ring-reader.ts";
import { RingWriter } from "./ring-writer.ts";
import { Signal } from "./signal.ts";
import type { SpinPolicy } from "./spin.ts";

export interface SharedLinkOptions {
  readonly memory: SharedArrayBuffer;
  readonly side: Side;
  /** Carries clones, and as transferred buffers the frames that do not fit the ring. Nobody may listen on it. */
  readonly port: MessagePort;
  /** Wakes the other side's event loop, and is rung by it; `LinkLoop` listens. */
  readonly bell: MessagePort;
  readonly policy: SpinPolicy;
  /** Without the length field. */
  readonly maxFrameBytes: number;
  /** Called every `SLICE_MS` of a blocking wait; throws when the other side is gone. */
  readonly checkOther?: () => void;
}

/** What comes out of a link, in the order in which the other side sent it. */
export interface Receiver {
  /**
   * Gets a frame: private bytes from `start` to `end`, without the length field. Where `isOwned`, nobody will touch the
   * memory again; else it is valid during the call only.
   */
  frame(bytes: Uint8Array, isOwned: boolean, start: number, end: number): void;
  /** Gets a message of `post`, or whatever else the other side has posted. */
  clone(message: unknown): void;
}

/** A thread that dies without a word is noticed after this time by one that waits for it. */
const SLICE_MS = 50;

export class SharedLink {
  readonly signal: Signal;
  readonly #options: SharedLinkOptions;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  #receiver: Receiver | undefined;

  constructor(options: SharedLinkOptions) {
    const ends = endsOf(options.memory, options.side);
    this.#options = options;
    this.#writer = new RingWriter(ends);
    this.#reader = new RingReader(ends);
    this.signal = new Signal(ends, options.bell);
  }

  receiveTo(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** The other side's count as of the last frame taken, for `signal`. */
  get taken(): number {
    return this.#reader.taken;
  }

  get hasNews(): boolean {
    return this.signal.hasNews(this.#reader.taken);
  }

  /** Sends the frame in the first `length` bytes, its length field included: through the ring, or beside it. */
  send(bytes: Uint8Array, length: number): void {
    if (!this.#writer.write(bytes, length)) {
      // Not `slice`, which fills its memory with zeros first.
      const { buffer } = Buffer.allocUnsafeSlow(length);
      new Uint8Array(buffer).set(bytes.subarray(0, length));
      return this.post(buffer, [buffer]);
    }
    this.signal.wake();
  }

  /** Sends a structured clone of `message`; the memory in `moved` goes with it. */
  post(message: unknown, moved: ArrayBuffer[]): void {
    this.#options.port.postMessage(message, moved);
    this.#writer.publishBeside();
    this.signal.wake();
  }

  /** Gives one frame or clone to the receiver; false when there is none. Throws what the receiver throws, and protocol-error. */
  take(): boolean {
    const reader = this.#reader;
    const found = reader.next();
    if (found === "nothing") return false;
    if (found === "beside") this.#takeBeside();
    else this.#receiver?.frame(reader.bytes, false, FRAME_START, reader.end);
    return true;
  }

  /** Gives at most `max` of them to the receiver, so that a peer that never stops cannot hold the thread. */
  drain(max: number): number {
    let count = 0;
    while (count < max && this.take()) count++;
    return count;
  }

  /** Blocks until one frame was given to the receiver, or `timeoutMs` have passed (then false). */
  pump(timeoutMs: number): boolean {
    return this.take() || (this.#waitForNews(timeoutMs) && this.take());
  }

  #waitForNews(timeoutMs: number): boolean {
    const { policy, checkOther } = this.#options;
    const taken = this.#reader.taken;
    const budget = policy.next();
    // Read from the host's side only.
    this.signal.advise(budget > 0);
    const spun = budget > 0 ? this.signal.spin(taken, budget) : -1;
    if (spun >= 0) {
      policy.waited(spun);
      return true;
    }
    const sliceMs = checkOther === undefined ? Infinity : SLICE_MS;
    const start = policy.learns ? performance.now() : 0;
    for (let passed = 0; passed < timeoutMs; passed += sliceMs) {
      const isTimeout = this.signal.wait(taken, Math.min(timeoutMs - passed, sliceMs));
      if (this.signal.hasNews(taken)) {
        if (policy.learns) policy.waited(budget + (performance.now() - start) * 1000);
        return true;
      }
      checkOther?.();
      // Woken for nothing; the caller has a clock, and a peer that does this for ever is the caller's to end.
      if (!isTimeout) return false;
    }
    policy.waited(Infinity);
    return false;
  }

  #takeBeside(): void {
    const arrived = receiveMessageOnPort(this.#options.port);
    if (arrived === undefined) throw damaged("a message was announced that did not come");
    this.#reader.tookBeside();
    const { message } = arrived;
    if (!(message instanceof ArrayBuffer)) return this.#receiver?.clone(message);
    if (message.byteLength <= FRAME_START) throw damaged("a frame came beside the ring that is none");
    if (message.byteLength - FRAME_START > this.#options.maxFrameBytes)
      throw damaged(`a frame of ${message.byteLength} bytes came beside the ring`);
    this.#receiver?.frame(new Uint8Array(message), true, FRAME_START, message.byteLength);
  }
}
