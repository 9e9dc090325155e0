// What a Go plugin writes to standard error -> log entries: level prefixes are levels, and everything from a panic on is an error.
// Source: hashicorp/go-plugin v1.8.0 client.go `logStderr`, log_entry.go.
import type { LogLevel, LogStream, OutputSink } from "@tenon/host/driver";

/** As go-plugin's own buffer; a longer line goes on as plain text. */
const MAX_LINE_BYTES = 64 * 1024;
const PREFIX = /^\[(TRACE|DEBUG|INFO|WARN|ERROR)\]\s*/;

/** An output that understands Go's standard error; hclog's JSON lines and everything else go to `output` as they are. */
export class GoOutput implements OutputSink {
  readonly #output: OutputSink;
  readonly #decoder = new TextDecoder();
  #partial = "";
  #hasPanicked = false;

  constructor(output: OutputSink) {
    this.#output = output;
  }

  write(stream: LogStream, bytes: Uint8Array): void {
    if (stream !== "stderr") return this.#output.write(stream, bytes);
    const lines = (this.#partial + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
    if (this.#partial.length > MAX_LINE_BYTES) this.flush();
  }

  line(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#output.line(level, text, fields);
  }

  flush(): void {
    if (this.#partial !== "") this.#line(this.#partial);
    this.#partial = "";
    this.#output.flush();
  }

  tail(): readonly string[] {
    return this.#output.tail();
  }

  #line(line: string): void {
    if (/^(panic: |fatal error: )/.test(line)) this.#hasPanicked = true;
    if (this.#hasPanicked) return this.#output.line("error", line);
    const level = PREFIX.exec(line);
    if (level !== null) return this.#output.line(level[1]!.toLowerCase() as LogLevel, line.slice(level[0].length));
    this.#output.write("stderr", Buffer.from(`${line}\n`));
  }
}
