// Where a guest's standard streams come from and go to: nothing, bytes, the host's own descriptors, or lines of a log.
import { terminalSafe } from "@tenon/contract/core";
import type { WasiBudget } from "./budget.ts";

export interface InputStream {
  /** Blocks until there is something; 0 is the end. */
  read(into: Uint8Array): number;
  /** Whether a read would come back at once; the end counts. */
  isReady(): boolean;
  readonly isTerminal: boolean;
}

export interface OutputStream {
  /** Takes everything, blocking while it must. Throws `pipe` when nobody reads any more. */
  write(bytes: Uint8Array): void;
  /** The guest has ended; half a line may be waiting. */
  end?(): void;
  readonly isTerminal: boolean;
}

export const emptyInput: InputStream = { read: () => 0, isReady: () => true, isTerminal: false };
export const discardOutput: OutputStream = { write: () => undefined, isTerminal: false };

export function inputFrom(content: string | Uint8Array): InputStream {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  let at = 0;
  return {
    read(into) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    },
    isReady: () => true,
    isTerminal: false,
  };
}

/** An output that keeps what is written, for tests and callers that want it whole. */
export interface CollectedOutput extends OutputStream {
  readonly bytes: () => Uint8Array;
  readonly text: () => string;
  /** Whether more was written than `maxBytes`. */
  readonly isCut: () => boolean;
}

/** Keeps the first `maxBytes` (default 16 MiB) and counts the rest as written. */
export function collectOutput(maxBytes: number = 16 * 1024 * 1024): CollectedOutput {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isCut = false;
  const bytes = (): Uint8Array => Buffer.concat(chunks, length);
  return {
    write(chunk) {
      const kept = chunk.slice(0, Math.max(0, maxBytes - length));
      if (kept.length < chunk.length) isCut = true;
      if (kept.length > 0) chunks.push(kept);
      length += kept.length;
      // Byte-wise writers would otherwise cost an object for each byte.
      if (chunks.length >= 1024) chunks.splice(0, chunks.length, Buffer.concat(chunks, length));
    },
    bytes,
    text: () => new TextDecoder().decode(bytes()),
    isCut: () => isCut,
    isTerminal: false,
  };
}

/** Bytes of one line in a log; the rest of the line starts another. */
const MAX_LINE = 8 * 1024;

/**
 * Gives whole lines to `log`, without control characters, each at most 8 KiB, all within the budget's `maxLogBytes`. The caller
 * puts its own tag in front: nothing in the text can forge one.
 */
export function logOutput(log: (line: string) => void): (budget: WasiBudget) => OutputStream {
  return (budget) => {
    let pending: Uint8Array = new Uint8Array(0);
    let isOver = false;
    const emit = (line: Uint8Array): void => log(terminalSafe(new TextDecoder().decode(line)));
    const take = (bytes: Uint8Array): void => {
      let rest = bytes;
      for (let end = rest.indexOf(10); end >= 0 || rest.length > MAX_LINE; end = rest.indexOf(10)) {
        const isLine = end >= 0 && end <= MAX_LINE;
        emit(rest.subarray(0, isLine ? end : MAX_LINE));
        rest = rest.subarray(isLine ? end + 1 : MAX_LINE);
      }
      pending = rest.slice();
    };
    return {
      write(bytes) {
        const taken = budget.takeLog(bytes.length);
        if (taken > 0)
          take(pending.length === 0 ? bytes.subarray(0, taken) : Buffer.concat([pending, bytes.subarray(0, taken)]));
        if (taken < bytes.length && !isOver) {
          isOver = true;
          log(`(more than ${budget.limits.maxLogBytes} bytes of output; the rest is dropped)`);
        }
      },
      end() {
        if (pending.length > 0) emit(pending);
        pending = new Uint8Array(0);
      },
      isTerminal: false,
    };
  };
}
