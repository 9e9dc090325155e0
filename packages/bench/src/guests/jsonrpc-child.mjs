// The peer that most people take for a child process: vscode-jsonrpc, as language servers use it.
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { work } from "../workloads.mjs";

const connection = createMessageConnection(
  new StreamMessageReader(process.stdin),
  new StreamMessageWriter(process.stdout),
);
connection.onRequest("add", (a, b) => work.add(a, b));
connection.onRequest("echo", (text) => work.echo(text));
connection.onRequest("build", (request) => {
  const out = work.build(request);
  return { artifact: Buffer.from(out.artifact).toString("base64"), log: out.log };
});
connection.onRequest("bytes", (data) => work.bytes(data));
connection.onRequest("callbacks", async (count) => {
  let n = 0;
  for (let i = 0; i < count; i++) n = await connection.sendRequest("tick", n);
  return n;
});
connection.listen();
process.stdin.on("end", () => process.exit(0));
