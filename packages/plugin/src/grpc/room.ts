// Waiting for a stream whose other end reads slowly.

interface Emitter {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/** Resolves when the stream can take more, or when it ended by the event `end`. */
export function roomIn(stream: Emitter, end: string): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off(end, done);
      resolve();
    };
    stream.on("drain", done);
    stream.on(end, done);
  });
}
