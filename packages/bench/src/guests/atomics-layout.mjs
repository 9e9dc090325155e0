// The bare shared-memory hop: one flag word each way and a fixed place for the data, written by hand per workload.

export const FLAG = 0; // 0 idle, 1 request, 2 reply, 3 callback, 4 callback reply, 9 end
export const OP = 1;
export const A = 2;
export const B = 3;
export const DATA = 64;
export const SIZE = DATA + 4 * 1024 * 1024;

/** The record as a program that knows only this record would pack it: one text heap with separators. */
export const pack = (buffer, request) => {
  const parts = [request.path, request.target, ...request.args];
  for (const [key, value] of request.env) parts.push(key, value);
  return buffer.utf8Write(parts.join("\n"), DATA);
};
export const unpack = (buffer, length) => {
  const parts = buffer.utf8Slice(DATA, DATA + length).split("\n");
  const env = [];
  for (let i = 10; i < parts.length; i += 2) env.push([parts[i], parts[i + 1]]);
  return { path: parts[0], target: parts[1], args: parts.slice(2, 10), env };
};

/** Waits until the flag has one of two values; no spinning: this is the plain hop. */
export const waitFor = (words, x, y) => {
  for (;;) {
    const flag = Atomics.load(words, FLAG);
    if (flag === x || flag === y) return flag;
    Atomics.wait(words, FLAG, flag);
  }
};
export const set = (words, flag) => {
  Atomics.store(words, FLAG, flag);
  Atomics.notify(words, FLAG);
};
