// What a Go plugin prints after its handshake comes by gRPC, because go-plugin took its standard output away.
// Source: hashicorp/go-plugin v1.8.0 grpc_stdio.go: it must be read at once and can be read once only.
import type * as Grpc from "@grpc/grpc-js";
import type { OutputSink } from "@tenon/host/driver";
import { messages, toBuffer } from "@tenon/plugin/grpc";

const STDERR = 2;

/** Ends with the connection; plugins older than go-plugin 1.1 have no such stream, and print to the pipe. */
export function readPluginStdio(client: Grpc.Client, output: OutputSink): void {
  const stream = client.makeServerStreamRequest(
    messages.STDIO_PATH,
    toBuffer,
    (bytes: Buffer) => messages.stdioData.decode(bytes),
    new Uint8Array(0),
  );
  stream.on("data", ({ channel, data }: { readonly channel: number; readonly data: Uint8Array }) => {
    output.write(channel === STDERR ? "stderr" : "stdout", data);
  });
  stream.on("error", () => {});
}
