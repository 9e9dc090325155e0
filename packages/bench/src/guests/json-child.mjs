// A plugin without any SDK: newline-delimited JSON-RPC by hand.
import { work } from "../workloads.mjs";

let carry = "";
const waiting = new Map();
let nextId = 1;
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const tick = (n) =>
  new Promise((resolve) => {
    waiting.set(nextId, resolve);
    send({ jsonrpc: "2.0", id: nextId++, method: "host.tick", params: { n } });
  });
const serve = {
  "work.add": ({ a, b }) => work.add(a, b),
  "work.echo": ({ text }) => work.echo(text),
  "work.build": ({ request }) => {
    const out = work.build(request);
    return { artifact: Buffer.from(out.artifact).toString("base64"), log: out.log };
  },
  "work.bytes": ({ data }) => data,
  "work.callbacks": async ({ count }) => {
    let n = 0;
    for (let i = 0; i < count; i++) n = await tick(n);
    return n;
  },
};
send({ tenon: 1, encoding: "json-rpc", contract: "tenon:bench/plugin@0.1.0" });
let greeted = false;
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  // Only the new part is searched: a long line comes in many parts.
  const lines = chunk.split("\n");
  lines[0] = carry + lines[0];
  carry = lines.pop();
  for (const line of lines) {
    if (!greeted) {
      greeted = true;
      continue;
    }
    const message = JSON.parse(line);
    if (message.method === undefined) {
      waiting.get(message.id)?.(message.result);
      waiting.delete(message.id);
      continue;
    }
    const out = serve[message.method]?.(message.params);
    if (out instanceof Promise) void out.then((result) => send({ jsonrpc: "2.0", id: message.id, result }));
    else if (out !== undefined) send({ jsonrpc: "2.0", id: message.id, result: out });
  }
});
process.stdin.on("end", () => process.exit(0));
