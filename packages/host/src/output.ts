// What a plugin prints -> structured, size-capped, terminal-safe log entries tagged with the plugin's id.
import { terminalSafe } from "@tenon/contract/core";
import type { Limits, LogLevel, LogStream, OutputSink } from "./driver.ts";

/** One line of captured plugin output. `text` has no control characters, so it is safe to print to a terminal. */
export interface LogEntry {
  readonly plugin: string;
  readonly stream: LogStream;
  readonly level: LogLevel;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Lines dropped by the rate limit since the entry before. */
  readonly dropped?: number;
}

/** How much of the newest output is kept for the notes of an error. */
const TAIL_LINES = 20;
const LEVELS: ReadonlySet<string> = new Set(["trace", "debug", "info", "warn", "error"]);

/** Cuts one plugin's output into entries. One per session; `tail` feeds the notes of start and crash errors. */
export class Output implements OutputSink {
  readonly #plugin: string;
  readonly #limits: Limits;
  readonly #emit: (entry: LogEntry) => void;
  readonly #partial = new Map<
    LogStream,
    { text: string; decoder: InstanceType<typeof TextDecoder>; skipping: boolean }
  >();
  readonly #tail: string[] = [];
  #windowStart = 0;
  #windowLines = 0;
  #dropped = 0;

  constructor(plugin: string, limits: Limits, emit: (entry: LogEntry) => void) {
    this.#plugin = plugin;
    this.#limits = limits;
    this.#emit = emit;
  }

  write(stream: LogStream, bytes: Uint8Array): void {
    let state = this.#partial.get(stream);
    if (state === undefined)
      this.#partial.set(stream, (state = { text: "", decoder: new TextDecoder(), skipping: false }));
    const pieces = state.decoder.decode(bytes, { stream: true }).split("\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      if (!state.skipping) this.#line(stream, state.text + piece);
      state.text = "";
      state.skipping = false;
    }
    if (state.skipping) return;
    state.text += last;
    if (state.text.length > this.#limits.maxLogLineBytes) {
      this.#line(stream, state.text);
      state.text = "";
      state.skipping = true;
    }
  }

  /** Emits what stands without a newline at the end of the output. */
  flush(): void {
    for (const [stream, state] of this.#partial) {
      if (state.text !== "") this.#line(stream, state.text);
      state.text = "";
    }
  }

  line(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#push("log", LEVELS.has(level) ? level : "info", text, fields);
  }

  /** The newest lines, oldest first. */
  tail(): readonly string[] {
    return this.#tail;
  }

  #line(stream: LogStream, raw: string): void {
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (text === "") return;
    const structured = text.startsWith("{") ? parseStructured(text) : undefined;
    if (structured !== undefined) this.#push(stream, structured.level, structured.text, structured.fields);
    else this.#push(stream, stream === "stderr" ? "warn" : "info", text);
  }

  #push(stream: LogStream, level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void {
    const max = this.#limits.maxLogLineBytes;
    const safe = terminalSafe(text.length > max ? `${text.slice(0, max)}...` : text);
    this.#tail.push(safe);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    const time = Date.now();
    if (time - this.#windowStart >= 1000) {
      this.#windowStart = time;
      this.#windowLines = 0;
    }
    if (++this.#windowLines > this.#limits.maxLogLinesPerSecond) {
      this.#dropped++;
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#emit({
      plugin: this.#plugin,
      stream,
      level,
      text: safe,
      time,
      ...(fields !== undefined && { fields }),
      ...(dropped > 0 && { dropped }),
    });
  }
}

/** Reads one JSON log line in the usual spellings (hclog's `@level`, pino's and zap's `level` and `msg`). */
function parseStructured(text: string): { level: LogLevel; text: string; fields: Record<string, unknown> } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not JSON after all: an ordinary line that happens to start with a brace.
    return undefined;
  }
  const fields = Object.assign(Object.create(null), parsed) as Record<string, unknown>;
  const message = fields["@message"] ?? fields["message"] ?? fields["msg"];
  const level = fields["@level"] ?? fields["level"];
  if (typeof message !== "string" || typeof level !== "string" || !LEVELS.has(level)) return undefined;
  for (const key of ["@message", "message", "msg", "@level", "level"]) delete fields[key];
  return { level: level as LogLevel, text: message, fields };
}
