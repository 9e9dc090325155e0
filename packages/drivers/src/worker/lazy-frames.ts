// Frames, and the codecs behind them, loaded by the first synchronous call: many plugins never see one.
import { createRequire } from "node:module";
import { TenonError } from "@tenon/contract/base";
import type * as frames from "@tenon/host/wire/frames";
import type { FrameFormat } from "@tenon/host/wire/frames";
import type { FrameLink } from "@tenon/host/wire";

export class LazyFrames {
  #format: FrameFormat | undefined;

  /**
   * Loads once and at one go, never in the background: a thread that is ended while it reads a file leaves the file open in
   * the host (seen on Node 20 and 24). Gives the format at the call that loaded it.
   */
  load(link: FrameLink, maxBytes: number): FrameFormat | undefined {
    if (this.#format !== undefined) return undefined;
    const load = createRequire(import.meta.url);
    const { FrameFormat: Format } = load("@tenon/host/wire/frames") as typeof frames;
    return (this.#format = new Format(link, maxBytes));
  }

  /** The host sends frames only after it was told that they are read here. */
  open(...frame: Parameters<FrameFormat["open"]>): ReturnType<FrameFormat["open"]> {
    if (this.#format === undefined) throw new TenonError("protocol-error", "a frame arrived before it could be read");
    return this.#format.open(...frame);
  }
}
