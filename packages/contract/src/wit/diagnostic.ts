// Faults found in WIT text -> diagnostics with a place, a code frame and a hint, and the error that carries them.

import { TenonError } from "../errors.ts";
import type { Location, SourceMap, Span } from "./source.ts";

/** One fault in WIT text. Line and column are 1-based; columns count UTF-16 units. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do, where there is something to say. */
  readonly hint?: string;
  /** The source line with a marker under the fault, clipped to about 100 columns; ends without a line break. */
  readonly frame: string;
}

/** A WIT package that does not parse or resolve. Code `wit-invalid`; the message shows the first diagnostic. */
export class WitError extends TenonError {
  /** At least one; the first is the one to mend first. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics[0];
    const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
    const what = first === undefined ? "the WIT is not valid" : `${placeOf(first)}: ${first.message}${more}`;
    super("wit-invalid", what, {
      hint: first?.hint,
      sideEffects: "none",
      notes: diagnostics.slice(0, 20).map(formatDiagnostic),
    });
    this.diagnostics = diagnostics;
  }
}

/** `file:line:column: message`, then the hint and the code frame on lines of their own. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const hint = diagnostic.hint === undefined ? "" : `\n  hint: ${diagnostic.hint}`;
  const frame = diagnostic.frame === "" ? "" : `\n${diagnostic.frame}`;
  return `${placeOf(diagnostic)}: ${diagnostic.message}${hint}${frame}`;
}

function placeOf(diagnostic: Diagnostic): string {
  return `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
}

/** A fault on its way up inside the front end; never leaves it. */
export class Fault extends Error {
  readonly span: Span;
  readonly hint: string | undefined;
  /** Another place that belongs to the fault. */
  readonly related: Span | undefined;

  constructor(span: Span, message: string, hint?: string, related?: Span) {
    super(message);
    this.span = span;
    this.hint = hint;
    this.related = related;
  }
}

/** A fault that only follows from one already reported; dropped without a diagnostic. */
export class FollowUp extends Error {}

/** Most diagnostics that one load reports: beyond that, nobody reads them. */
const MAX_DIAGNOSTICS = 50;

/** Collects the faults of one load. */
export class FaultLog {
  readonly #sources: SourceMap;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(sources: SourceMap) {
    this.#sources = sources;
  }

  get isEmpty(): boolean {
    return this.#diagnostics.length === 0;
  }

  /** Runs `step`; a fault in it is logged and gives undefined, anything else passes through. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (thrown) {
      if (thrown instanceof FollowUp) return undefined;
      if (!(thrown instanceof Fault)) throw thrown;
      this.add(thrown);
      return undefined;
    }
  }

  add(fault: Fault): void {
    if (this.#diagnostics.length < MAX_DIAGNOSTICS) this.#diagnostics.push(this.describe(fault));
  }

  /** Adds a diagnostic that no source text belongs to, such as one about a folder. */
  addPlain(file: string, message: string, hint?: string): void {
    if (this.#diagnostics.length >= MAX_DIAGNOSTICS) return;
    this.#diagnostics.push({ file, line: 1, column: 1, message, ...(hint !== undefined && { hint }), frame: "" });
  }

  /** Throws what was collected, if anything. */
  check(): void {
    if (!this.isEmpty) throw new WitError(this.#diagnostics);
  }

  describe(fault: Fault): Diagnostic {
    const place = this.#sources.locate(fault.span.start);
    const other = fault.related === undefined ? undefined : this.#sources.locate(fault.related.start);
    const hint = other === undefined ? fault.hint : `the other one is at ${other.file}:${other.line}:${other.column}`;
    return {
      file: place.file,
      line: place.line,
      column: place.column,
      message: fault.message,
      ...(hint !== undefined && { hint }),
      frame: codeFrame(place, fault.span.end - fault.span.start),
    };
  }
}

/** A name as messages show it: in backquotes, and short however long it is. */
export function quoted(name: string): string {
  return name.length > 80 ? `\`${name.slice(0, 80)}...\`` : `\`${name}\``;
}

const FRAME_BEFORE = 40;
const FRAME_WIDTH = 96;

function codeFrame(place: Location, length: number): string {
  const at = place.column - 1;
  const from = place.text.length <= FRAME_WIDTH ? 0 : Math.max(0, at - FRAME_BEFORE);
  const shown = place.text.slice(from, from + FRAME_WIDTH);
  const before = from > 0 ? "..." : "";
  const after = from + FRAME_WIDTH < place.text.length ? "..." : "";
  const gutter = String(place.line);
  const pad = " ".repeat(gutter.length);
  // A tab stays a tab, so that the marker stands under its text whatever the tab width.
  const indent = safe(shown.slice(0, at - from)).replace(/[^\t]/gu, " ");
  const marks = "^".repeat(Math.max(1, Math.min(length, from + FRAME_WIDTH - at, place.text.length - at)));
  return `  ${gutter} | ${before}${safe(shown)}${after}\n  ${pad} | ${" ".repeat(before.length)}${indent}${marks}`;
}

/** Control and bidirectional characters could act on the terminal that shows the frame. */
function safe(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => (char === "\t" ? char : "\ufffd"));
}
