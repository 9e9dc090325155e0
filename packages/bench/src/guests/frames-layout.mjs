// The raw protocol that stdio is measured against: u32 length, u8 operation, data packed by hand.

export function sendFrame(stream, op, body) {
  const frame = Buffer.allocUnsafe(5 + body.length);
  frame.writeUInt32LE(body.length + 1);
  frame[4] = op;
  frame.set(body, 5);
  stream.write(frame);
}

/** A `data` listener that gives whole frames to `onFrame`. */
export function frameReader(onFrame) {
  let chunks = [];
  let size = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < 4) return;
    let all = chunks.length === 1 ? chunk : undefined;
    if (all === undefined) {
      const head = chunks[0].length >= 4 ? chunks[0] : Buffer.concat(chunks);
      if (size < 4 + head.readUInt32LE(0)) return;
      all = Buffer.concat(chunks);
    }
    let at = 0;
    while (all.length - at >= 4 && all.length - at >= 4 + all.readUInt32LE(at)) {
      const length = all.readUInt32LE(at);
      onFrame(all[at + 4], all.subarray(at + 5, at + 4 + length));
      at += 4 + length;
    }
    chunks = at === all.length ? [] : [all.subarray(at)];
    size = all.length - at;
  };
}

export const encodeRecord = ({ path, target, args, env }) =>
  Buffer.from([path, target, ...args, ...env.flat()].join("\n"));
export const decodeRecord = (body) => {
  const parts = body.toString().split("\n");
  const env = [];
  for (let i = 10; i < parts.length; i += 2) env.push([parts[i], parts[i + 1]]);
  return { path: parts[0], target: parts[1], args: parts.slice(2, 10), env };
};
export const encodeReply = ({ artifact, log }) => {
  const out = Buffer.allocUnsafe(4 + artifact.length + log.length);
  out.writeUInt32LE(artifact.length);
  out.set(artifact, 4);
  out.latin1Write(log, 4 + artifact.length);
  return out;
};
export const decodeReply = (body) => {
  const end = 4 + body.readUInt32LE(0);
  return { artifact: new Uint8Array(body.subarray(4, end)), log: body.latin1Slice(end) };
};
