// What a plugin prints faster than its host reads -> dropped in the plugin's own thread, and counted.

/** Bytes that may wait for the host; the thread's memory and the host's are both bounded by it. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Bounds both standard streams of this thread. Without it a loop that prints fills the memory of the whole process. */
export function capOutput(): void {
  capStream(process.stdout);
  capStream(process.stderr);
}

interface Printer {
  readonly writableLength: number;
  write(chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean;
}

function capStream(stream: Printer): void {
  const write = stream.write.bind(stream);
  let dropped = 0;
  stream.write = (chunk, encoding, done) => {
    if (stream.writableLength + chunk.length > MAX_WAITING_BYTES) {
      dropped += chunk.length;
      const told = typeof encoding === "function" ? encoding : done;
      if (typeof told === "function") process.nextTick(told);
      return false;
    }
    if (dropped > 0) {
      const note = `[${dropped} bytes were dropped here: printed faster than they are read]\n`;
      dropped = 0;
      write(note);
    }
    return write(chunk, encoding, done);
  };
}
