// A TCP client in a thread of its own: connects, says its word, and posts all that it hears.
import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

let heard = "";
const socket = connect({ host: "127.0.0.1", port: workerData.port }, () => socket.write(workerData.say));
socket.on("data", (bytes) => (heard += bytes));
socket.on("end", () => parentPort.postMessage(heard));
