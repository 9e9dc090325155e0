// A TCP server in a thread of its own: says hello, then echoes what it gets, and ends when the other side does.
import { createServer } from "node:net";
import { parentPort } from "node:worker_threads";

const server = createServer((socket) => {
  socket.on("error", () => undefined);
  socket.write("hello ");
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
