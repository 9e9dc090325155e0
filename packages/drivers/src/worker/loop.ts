// A shared link in a thread's event loop: takes frames while there is traffic, then sleeps until it is notified.
import { TenonError } from "@tenon/contract/base";
import type { FrameLink } from "@tenon/host/wire";
import type { MessagePort } from "node:worker_threads";
import type { SharedLink } from "./link.ts";
import type { LearningSpin } from "./spin.ts";

export interface LinkLoopOptions {
  readonly link: SharedLink;
  /** Rung by the other side when this one sleeps. It keeps the event loop alive, unless it is unref'ed. */
  readonly bell: MessagePort;
  /** Whether an empty turn of the event loop is worth polling: asked while answers are due. Absent: never poll. */
  readonly policy?: LearningSpin;
  /** Whether answers are due, either way. */
  readonly hasPending: () => boolean;
  /** Before a frame is sent: what should be there first. */
  readonly beforeSend?: () => void;
  /** After frames were taken: serves what had to wait meanwhile. */
  readonly afterFrames: () => void;
  /** Before sleeping, when nothing is due: blocks until the host releases it, and tells whether frames came. Absent in a host. */
  readonly linger?: () => boolean;
  /** How long after the last frame a guest that lingers is released to its own event loop. Only in a host. */
  readonly releaseMs?: number;
  /** The link is asleep and the event loop may rest, or has work again. */
  readonly onIdle?: (isIdle: boolean) => void;
  /** What a frame or its receiver threw; the loop has stopped. */
  readonly onFault: (error: TenonError) => void;
}

/** Frames taken in one turn of the event loop. */
const MAX_FRAMES = 256;

/**
 * Awake, it looks for frames in every turn of the event loop. Asleep, it costs nothing: the other side notifies it.
 * Every send and every blocking wait of the thread goes through it, because both change which of the two is right.
 */
export class LinkLoop implements FrameLink {
  readonly #options: LinkLoopOptions;
  readonly #link: SharedLink;
  #isAwake = false;
  #isStopped = false;
  /** Since when an answer is waited for, and for how many microseconds to poll for it. */
  #since = 0;
  #budget = 0;
  #release: NodeJS.Timeout | undefined;
  #isFresh = false;

  constructor(options: LinkLoopOptions) {
    this.#options = options;
    this.#link = options.link;
  }

  start(): void {
    this.#options.bell.on("message", this.#onBell);
    this.#sleep();
  }

  /** Nothing is taken or waited for any more. Idempotent. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#release);
    this.#options.bell.close();
  }

  send(frame: Uint8Array): void {
    this.sendPart(frame, frame.length);
  }

  /** Never throws: an answer may be sent from a promise that nobody awaits. A link that cannot send has failed. */
  sendPart(bytes: Uint8Array, length: number): void {
    this.#send(() => this.#link.send(bytes, length));
  }

  post(message: unknown, moved: ArrayBuffer[]): void {
    this.#send(() => this.#link.post(message, moved));
  }

  #send(send: () => void): void {
    if (this.#isStopped) return;
    this.#options.beforeSend?.();
    try {
      send();
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    if (this.#isAwake) return;
    if (this.#options.linger !== undefined || this.#shouldPoll()) this.rouse();
  }

  pump(timeoutMs: number): boolean {
    this.rouse();
    try {
      return this.#link.pump(timeoutMs);
    } catch (thrown) {
      throw this.#fail(thrown);
    }
  }

  /** Looks for frames in the next turn. */
  rouse(): void {
    if (this.#isAwake || this.#isStopped) return;
    this.#isAwake = true;
    this.#link.signal.unpark();
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    if (this.#isStopped) return;
    let count = 0;
    try {
      count = this.#link.drain(MAX_FRAMES);
      this.#options.afterFrames();
      if (count === 0 && !this.#options.hasPending() && this.#options.linger?.() === true) count = 1;
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    // What was taken may have stopped the loop.
    if (this.#isStopped) return;
    if (count > 0) this.#learn();
    // After frames the next ones may be near: a guest lingers for them, a host looks once more if polling has paid.
    const isLively = count > 0 && (this.#options.policy?.spins ?? true);
    if (isLively || this.#shouldPoll()) setImmediate(this.#turn);
    else this.#sleep();
  };

  #fail(thrown: unknown): TenonError {
    const error = TenonError.from(thrown);
    this.stop();
    this.#options.onFault(error);
    return error;
  }

  /** Whether the answer that is due is worth another turn. Starts the clock of a wait that has not begun. */
  #shouldPoll(): boolean {
    const { policy, hasPending } = this.#options;
    if (policy === undefined || !hasPending()) return false;
    if (this.#since === 0) {
      this.#since = performance.now();
      this.#budget = policy.next();
      this.#link.signal.advise(this.#budget > 0);
      return this.#budget > 0;
    }
    return (performance.now() - this.#since) * 1000 < this.#budget;
  }

  #learn(): void {
    if (this.#since === 0) return;
    this.#options.policy?.waited((performance.now() - this.#since) * 1000);
    this.#since = 0;
  }

  #sleep(): void {
    this.#isAwake = false;
    this.#link.signal.park();
    if (this.#link.hasNews) return this.rouse();
    this.#releaseLater();
    this.#options.onIdle?.(!this.#options.hasPending());
  }

  /** One timer for however many calls: it fires again as long as there were some. */
  #releaseLater(): void {
    const { releaseMs } = this.#options;
    this.#isFresh = true;
    if (releaseMs === undefined || this.#release !== undefined) return;
    this.#release = setTimeout(() => {
      if (this.#isFresh) {
        this.#isFresh = false;
        this.#release?.refresh();
        return;
      }
      this.#release = undefined;
      this.#link.signal.release();
    }, releaseMs).unref();
  }

  readonly #onBell = (): void => {
    // Rung for a sleep that this side ended by itself in the meantime.
    if (this.#isAwake || this.#isStopped) return;
    this.#isAwake = true;
    this.#link.signal.unpark();
    this.#turn();
  };
}
