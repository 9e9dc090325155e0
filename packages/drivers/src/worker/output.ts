// The standard streams of a worker thread -> the plugin's captured output, at a bounded rate.
import type { Worker } from "node:worker_threads";
import type { LogStream, OutputSink } from "@tenon/host/driver";

/** Bytes passed on per stream and window: cutting lines takes the host's time, so a flood is dropped before it. */
const MAX_BYTES_PER_WINDOW = 256 * 1024;
const WINDOW_MS = 100;

export function captureOutput(worker: Worker, sink: OutputSink): void {
  capture(worker.stdout, "stdout", sink);
  capture(worker.stderr, "stderr", sink);
}

function capture(stream: NodeJS.ReadableStream, name: LogStream, sink: OutputSink): void {
  let windowStart = 0;
  let passed = 0;
  let dropped = 0;
  stream.on("data", (chunk: Uint8Array) => {
    const now = performance.now();
    if (now - windowStart >= WINDOW_MS) {
      windowStart = now;
      passed = 0;
      if (dropped > 0) sink.line("warn", `${dropped} bytes of ${name} were dropped: printed faster than they can be kept`, { dropped, stream: name });
      dropped = 0;
    }
    const room = Math.max(0, MAX_BYTES_PER_WINDOW - passed);
    if (room > 0) sink.write(name, chunk.length <= room ? chunk : chunk.subarray(0, room));
    passed += chunk.length;
    dropped += Math.max(0, chunk.length - room);
  });
}
