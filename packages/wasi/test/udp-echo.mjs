// A UDP server in a thread of its own: sends back what it gets, with `echo ` in front.
import { createSocket } from "node:dgram";
import { parentPort } from "node:worker_threads";

const socket = createSocket("udp4");
socket.on("message", (bytes, from) =>
  socket.send(Buffer.concat([Buffer.from("echo "), bytes]), from.port, from.address),
);
socket.bind(0, "127.0.0.1", () => parentPort.postMessage(socket.address().port));
