// Text for people and programs -> standard output and error: colours where they are wanted, whole writes before the end.
// Imports nothing of Tenon, because every command loads it first.
import process from "node:process";
import { EXIT } from "./exit.ts";

type Style = (text: string) => string;

/** ANSI styles, or texts as they are. */
export interface Paint {
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly cyan: Style;
}

/** Colours only on a terminal and without NO_COLOR (no-color.org: present and not empty). */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const isColoured = stream.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  const style = (open: number, close: number): Style =>
    isColoured ? (text) => `\u001b[${open}m${text}\u001b[${close}m` : (text) => text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}

/** One line, or several, to standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The same to standard error. */
export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The one JSON document that a verb with `--json` prints. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

/** A reader that has seen enough (`tenon wit x | head`) is no failure; an answer that a full disk did not take is one. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "EPIPE") process.exit(0);
      if (stream === process.stdout)
        complain(
          `error: [resource-exhausted] standard output cannot be written (${code ?? message}); make room for it`,
        );
      process.exit(EXIT.failed);
    });
  }
}

/** Resolves when everything printed has left the process; pipes take it bit by bit. */
export async function drain(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}

/** Rows of cells -> lines with aligned columns; the last column is as wide as it is. */
export function columns(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ");
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join("\n");
}
