// The other end of the bare Atomics hop.
import { workerData } from "node:worker_threads";
import { work } from "../workloads.mjs";
import { A, B, DATA, OP, set, unpack, waitFor } from "./atomics-layout.mjs";

const words = new Int32Array(workerData);
const bytes = new Uint8Array(workerData);
const buffer = Buffer.from(workerData);

const tick = (n) => {
  words[A] = n;
  set(words, 3);
  waitFor(words, 4, 4);
  return words[A];
};
const serve = [
  () => void (words[A] = work.add(words[A], words[B])),
  () => void (words[A] = buffer.utf8Write(work.echo(buffer.utf8Slice(DATA, DATA + words[A])), DATA)),
  () => {
    const out = work.build(unpack(buffer, words[A]));
    bytes.set(out.artifact, DATA);
    words[A] = out.artifact.length;
    words[B] = buffer.utf8Write(out.log, DATA + out.artifact.length);
  },
  () => {
    const out = work.bytes(bytes.slice(DATA, DATA + words[A]));
    bytes.set(out, DATA);
    words[A] = out.length;
  },
  () => void (words[A] = work.callbacksWith(words[A], tick)),
];
while (waitFor(words, 1, 9) === 1) {
  serve[words[OP]]();
  set(words, 2);
}
