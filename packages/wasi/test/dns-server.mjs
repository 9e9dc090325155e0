// A name server on loopback in a thread of its own: A records of each name come one after the other from a list, and the last stays.
import { createSocket } from "node:dgram";
import { parentPort, workerData } from "node:worker_threads";

const asked = new Map();
const server = createSocket("udp4");

server.on("message", (query, from) => {
  const labels = [];
  let at = 12;
  for (; query[at] > 0; at += query[at] + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  const name = labels.join(".").toLowerCase();
  const question = query.subarray(12, at + 5);
  const isAddress = query.readUInt16BE(at + 1) === 1;
  const list = workerData[name];
  const count = asked.get(name) ?? 0;
  if (list !== undefined && list.length === 0) return;
  if (isAddress) asked.set(name, count + 1);
  const address = isAddress ? list?.[Math.min(count, list.length - 1)] : undefined;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // RFC 1035, section 4.1.1: an answer, and NXDOMAIN for names that are not there.
  head.writeUInt16BE(list === undefined ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(address === undefined ? 0 : 1, 6);
  const record =
    address === undefined ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)];
  server.send(Buffer.concat([head, question, Buffer.from(record)]), from.port, from.address);
});
server.bind(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
parentPort.on("message", () => parentPort.postMessage(Object.fromEntries(asked)));
