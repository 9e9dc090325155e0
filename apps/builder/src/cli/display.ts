// What a build says while it runs -> one live line on a terminal, plain lines anywhere else.
import type { LogLevel } from "../generated/plugin.ts";
import type { BuildSink } from "../host/build-context.ts";
import { styleFor, type Style } from "./style.ts";

export interface Display extends BuildSink {
  /** Prints a line that stays. */
  line(text: string): void;
  /** Removes the live line. */
  clear(): void;
  readonly style: Style;
}

type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

const FRAMES = ["|", "/", "-", "\\"];
const FRAME_MS = 120;

/** Writes to `stream`, usually standard error, so that standard output stays the program's own. */
export function openDisplay(stream: Stream): Display {
  return stream.isTTY === true && process.env["TERM"] !== "dumb" ? new LiveDisplay(stream) : new PlainDisplay(stream);
}

/** For `--json`: nothing at all. */
export const SILENT: Display = {
  progress: () => {},
  log: () => {},
  denied: () => {},
  line: () => {},
  clear: () => {},
  style: styleFor({}),
};

class PlainDisplay implements Display {
  readonly style: Style;
  readonly #stream: Stream;
  #last = "";

  constructor(stream: Stream) {
    this.#stream = stream;
    this.style = styleFor(stream);
  }

  progress(message: string, percent: number | undefined): void {
    const text = percent === undefined ? message : `${String(percent).padStart(3)}% ${message}`;
    if (text !== this.#last) this.line(text);
    this.#last = text;
  }

  log(level: LogLevel, message: string): void {
    this.line(logLine(level, message, this.style));
  }

  denied(denial: Parameters<BuildSink["denied"]>[0]): void {
    this.line(deniedLine(denial, this.style));
  }

  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    this.#last = "";
  }
}

class LiveDisplay extends PlainDisplay {
  readonly #out: Stream;
  #text = "";
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Stream) {
    super(stream);
    this.#out = stream;
  }

  override progress(message: string, percent: number | undefined): void {
    this.#text = percent === undefined ? message : `${String(percent).padStart(3)}% ${message}`;
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS).unref();
    this.#draw();
  }

  override line(text: string): void {
    this.#erase();
    this.#out.write(`${text}\n`);
    if (this.#timer !== undefined) this.#draw();
  }

  override clear(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  #erase(): void {
    this.#out.write("\r\u001b[K");
  }

  #draw(): void {
    const frame = FRAMES[this.#frame++ % FRAMES.length]!;
    // One row only: a line that wraps could not be erased.
    const text = `${frame} ${this.#text}`.slice(0, (this.#out.columns ?? 80) - 1);
    this.#out.write(`\r\u001b[K${text}`);
  }
}

function logLine(level: LogLevel, message: string, style: Style): string {
  if (level === "error") return `${style.red("error")} ${message}`;
  if (level === "warning") return `${style.yellow("warning")} ${message}`;
  return style.dim(message);
}

function deniedLine({ plugin, what, grant }: Parameters<BuildSink["denied"]>[0], style: Style): string {
  const hint = grant === undefined ? "no grant would allow it" : `allow it with --grant ${plugin}=${grant}`;
  return `${style.yellow("denied")} ${plugin} may not ${what}; ${hint}`;
}
