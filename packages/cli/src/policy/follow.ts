// A log that others write -> its new lines as they come, across the files that it is moved to.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 200;
const CHUNK = 64 * 1024;

/** Whole lines that are written after now. Ends when `signal` is aborted. */
export async function* follow(file: string, signal: AbortSignal): AsyncGenerator<string> {
  let reader = open(file);
  reader?.skip();
  try {
    while (!signal.aborted) {
      if (reader !== undefined) yield* reader.lines();
      const inode = inodeOf(file);
      if (inode !== undefined && inode !== reader?.inode) {
        // The old one was moved away, and has been read to its end.
        reader?.close();
        reader = open(file);
        continue;
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    reader?.close();
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

function open(file: string): LineReader | undefined {
  try {
    return new LineReader(openSync(file, "r"));
  } catch {
    // Not there yet.
    return undefined;
  }
}

class LineReader {
  readonly inode: number;
  readonly #fd: number;
  readonly #decoder = new StringDecoder("utf8");
  #at = 0;
  #rest = "";

  constructor(fd: number) {
    this.#fd = fd;
    this.inode = fstatSync(fd).ino;
  }

  skip(): void {
    this.#at = fstatSync(this.#fd).size;
  }

  *lines(): Generator<string> {
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const read = readSync(this.#fd, chunk, 0, CHUNK, this.#at);
      if (read === 0) return;
      this.#at += read;
      const parts = (this.#rest + this.#decoder.write(chunk.subarray(0, read))).split("\n");
      this.#rest = parts.pop()!;
      yield* parts;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
