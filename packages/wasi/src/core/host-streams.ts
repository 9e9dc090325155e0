// Descriptors of the host to the streams of a guest: for command lines that hand their own standard streams on.
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { isFault, systemFault } from "./fault.ts";
import type { InputStream, OutputStream } from "./streams.ts";

const RETRY_MS = 2;
const PEEK_BYTES = 4096;

/**
 * Reads from the host's descriptor `fd` (0 is its standard input), which stays the host's and is never closed here. Whether there
 * is something to read can be told for pipes and terminals on Linux; everything else counts as ready, and a read may block.
 */
export function hostInput(fd: number): InputStream {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let ahead: Uint8Array = new Uint8Array(0);
  let isAtEnd = false;
  const canPeek = process.platform === "linux" && (isatty(fd) || fstatSync(fd).isFIFO());
  return {
    isTerminal: isatty(fd),
    isReady() {
      if (ahead.length > 0 || isAtEnd || !canPeek) return true;
      const peeked = peek(fd);
      if (peeked === undefined) return false;
      isAtEnd = peeked.length === 0;
      ahead = peeked;
      return true;
    },
    read(into) {
      if (into.length === 0) return 0;
      if (ahead.length > 0) {
        const part = ahead.subarray(0, into.length);
        into.set(part);
        ahead = ahead.subarray(part.length);
        return part.length;
      }
      if (isAtEnd) return 0;
      for (;;) {
        const read = tryIo(() => readSync(fd, into, 0, into.length, null));
        if (read !== undefined) return read;
        Atomics.wait(cell, 0, 0, RETRY_MS);
      }
    },
  };
}

/** Writes to the host's descriptor `fd`, which stays the host's. */
export function hostOutput(fd: number): OutputStream {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return {
    isTerminal: isatty(fd),
    write(bytes) {
      for (let at = 0; at < bytes.length;) {
        const written = tryIo(() => writeSync(fd, bytes, at, bytes.length - at));
        if (written === undefined) Atomics.wait(cell, 0, 0, RETRY_MS);
        else at += written;
      }
    },
  };
}

/** Undefined while the descriptor, which somebody has made non-blocking, is not ready. */
function tryIo(act: () => number): number | undefined {
  try {
    return act();
  } catch (thrown) {
    const known = systemFault(thrown);
    if (isFault(known, "again") || isFault(known, "intr")) return undefined;
    throw known;
  }
}

/** What can be read right now, empty at the end, undefined for nothing yet. */
function peek(fd: number): Uint8Array | undefined {
  // An opening of its own, because the flag would otherwise be set for everyone who shares the descriptor.
  const own = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const bytes = new Uint8Array(PEEK_BYTES);
    const read = tryIo(() => readSync(own, bytes, 0, bytes.length, null));
    return read === undefined ? undefined : bytes.subarray(0, read);
  } finally {
    closeSync(own);
  }
}
