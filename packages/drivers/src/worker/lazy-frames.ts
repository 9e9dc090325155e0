// Frames, and the codecs behind them, loaded by the first synchronous call: many plugins never see one.
import { TenonError } from "@tenon/contract/base";
import type { FrameFormat } from "@tenon/host/wire/frames";
import type { FrameLink } from "@tenon/host/wire";

export class LazyFrames {
  #format: FrameFormat | undefined;
  #loading: Promise<void> | undefined;

  /** Whether the event loop is needed to go on with loading. */
  get isLoading(): boolean {
    return this.#loading !== undefined && this.#format === undefined;
  }

  /** Resolves when nothing is being loaded: a thread that ends while it reads a file leaves the file open. */
  get settled(): Promise<void> {
    return this.#loading ?? Promise.resolve();
  }

  /** Loads once, in the background; `ready` gets the format when this end can read frames. */
  load(link: FrameLink, maxBytes: number, ready: (format: FrameFormat) => void): void {
    this.#loading ??= import("@tenon/host/wire/frames").then(({ FrameFormat }) => {
      ready((this.#format = new FrameFormat(link, maxBytes)));
    });
  }

  /** The host sends frames only after it was told that they are read here. */
  open(...frame: Parameters<FrameFormat["open"]>): ReturnType<FrameFormat["open"]> {
    if (this.#format === undefined) throw new TenonError("protocol-error", "a frame arrived before it could be read");
    return this.#format.open(...frame);
  }
}
