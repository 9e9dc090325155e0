// Raw u32-length frames over Node streams, the plainest child a person would write. Callbacks are frames of op 5.
import { work } from "../workloads.mjs";
import { decodeRecord, encodeReply, frameReader, sendFrame } from "./frames-layout.mjs";

let answer;
process.stdin.on(
  "data",
  frameReader((op, body) => {
    if (op === 5) return answer(body.readInt32LE(0));
    if (op === 0) {
      const out = Buffer.allocUnsafe(4);
      out.writeInt32LE(work.add(body.readInt32LE(0), body.readInt32LE(4)));
      return sendFrame(process.stdout, 0, out);
    }
    if (op === 1) return sendFrame(process.stdout, 1, Buffer.from(work.echo(body.toString())));
    if (op === 2) return sendFrame(process.stdout, 2, encodeReply(work.build(decodeRecord(body))));
    if (op === 3) return sendFrame(process.stdout, 3, work.bytes(body));
    if (op === 4) return void callbacks(body.readInt32LE(0));
  }),
);
process.stdin.on("end", () => process.exit(0));

async function callbacks(count) {
  let n = 0;
  for (let i = 0; i < count; i++) {
    const ask = Buffer.allocUnsafe(4);
    ask.writeInt32LE(n);
    sendFrame(process.stdout, 5, ask);
    n = await new Promise((resolve) => (answer = resolve));
  }
  const out = Buffer.allocUnsafe(4);
  out.writeInt32LE(n);
  sendFrame(process.stdout, 4, out);
}
