// A bare @grpc/grpc-js server with protobufjs on a unix socket, with mutual TLS where it is given PEM texts:
// `grpc-raw-child.mjs SOCKET [CLIENT-CERT CERT KEY]`.
import grpc from "@grpc/grpc-js";
import { tick, work } from "../workloads.mjs";
import { method } from "./grpc-messages.mjs";

const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
const serve = (name, run) => {
  const { path, request, response } = method(name);
  server.register(
    path,
    (call, reply) => reply(null, { value: run(call.request) }),
    response.encode,
    request.decode,
    "unary",
  );
};
serve("Add", ({ a, b }) => work.add(a, b));
serve("Echo", ({ text }) => work.echo(text));
serve("Build", ({ request }) => work.build(request));
serve("Bytes", ({ data }) => work.bytes(data));
// The host's function is called over one stream beside the calls, as cheaply as gRPC allows.
const { request, response } = method("Add");
let ask;
server.register(
  "/bench/Ticks",
  (stream) => {
    let settle;
    stream.on("data", ({ a }) => settle?.(a));
    stream.on("error", () => {});
    ask = (n) =>
      new Promise((resolve) => {
        settle = resolve;
        stream.write({ value: n });
      });
  },
  response.encode,
  request.decode,
  "bidi",
);
const callbacks = method("Callbacks");
server.register(
  callbacks.path,
  (call, reply) => {
    const run = async () => {
      let n = 0;
      for (let i = 0; i < call.request.count; i++) n = ask === undefined ? tick(n) : await ask(n);
      reply(null, { value: n });
    };
    void run();
  },
  callbacks.response.encode,
  callbacks.request.decode,
  "unary",
);
const [socket, ...pems] = process.argv.slice(2);
const [ca, cert, key] = pems.map((pem) => Buffer.from(pem));
const credentials =
  ca === undefined
    ? grpc.ServerCredentials.createInsecure()
    : grpc.ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true);
server.bindAsync(`unix:${socket}`, credentials, () => console.log("ready"));
process.stdin.on("end", () => process.exit(0)).resume();
