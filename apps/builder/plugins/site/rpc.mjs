// Newline-delimited JSON-RPC 2.0 over standard input and output, written by hand: all that a plugin needs to speak.
import { createInterface } from "node:readline";

/**
 * Serves `methods` by name until standard input ends. Each gets a call object and its parameters: `signal` is aborted when
 * the host cancels, `call(method, ...params)` calls a host function and `tell(method, ...params)` calls one without waiting.
 */
export function serve(contract, methods) {
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const waiting = new Map();
  const running = new Map();
  let lastId = 0;

  const call = (method, ...params) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      send({ id, method, params });
    });
  // An answer comes all the same, and finds nobody waiting.
  const tell = (method, ...params) => send({ id: ++lastId, method, params });

  // The host names the parameters, and sends them in the contract's order.
  const answer = async ({ id, method, params }) => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const serveIt = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (serveIt === undefined) return send({ id, error: { code: -32601, message: `there is no method ${method}` } });
      send({ id, result: await serveIt({ call, tell, signal: controller.signal }, ...Object.values(params)) });
    } catch (error) {
      send({ id, error: { code: -32000, message: String(error?.message ?? error) } });
    } finally {
      running.delete(id);
    }
  };

  const receive = (message) => {
    if (message.method === "$/cancelRequest") return running.get(message.params?.id)?.abort();
    if (message.method !== undefined) return void answer(message);
    const pending = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) pending?.resolve(message.result);
    else pending?.reject(new Error(message.error.message));
  };

  process.stdout.write(`${JSON.stringify({ tenon: 1, encoding: "json-rpc", contract })}\n`);
  let isFirst = true;
  createInterface({ input: process.stdin }).on("line", (line) => {
    // The host's first line is its greeting.
    if (!isFirst) receive(JSON.parse(line));
    isFirst = false;
  });
}
