// A FIFO with both ends open, for tests of the host's own streams.
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Fifo {
  readonly readFd: number;
  write(text: string): void;
  close(): void;
}

export function mkfifo(): Fifo {
  const folder = mkdtempSync(join(tmpdir(), "wasi-fifo-"));
  const path = join(folder, "fifo");
  execFileSync("mkfifo", [path]);
  // Opened for both, so that neither end waits for the other.
  const readFd = openSync(path, constants.O_RDWR);
  return {
    readFd,
    write: (text) => void writeSync(readFd, text),
    close() {
      closeSync(readFd);
      rmSync(folder, { recursive: true });
    },
  };
}
