// An instance of the guest -> its functions with the tightest glue that one would write by hand for them: the raw limit.
import { WORK } from "./wasm-guests.mjs";

const { latin1Slice, utf8Write } = Buffer.prototype;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Up to here a loop beats the call into native code. */
const SHORT = 24;

/** The guest's memory never grows here, so the views are made once. */
export function glue({ memory, realloc, exports }) {
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const take = (name) => exports[`${WORK}#${name}`];
  const post = (name) => exports[`cabi_post_${WORK}#${name}`];
  const [echo, build, send] = ["echo", "build", "bytes"].map(take);
  const [freeEcho, freeBuild, freeBytes] = ["echo", "build", "bytes"].map(post);
  let size = 0;

  function putText(text) {
    const { length } = text;
    if (length <= SHORT) {
      const at = realloc(0, 0, 1, length) >>> 0;
      let i = 0;
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 127) break;
        bytes[at + i] = code;
      }
      if (i === length) {
        size = length;
        return at;
      }
    }
    const at = realloc(0, 0, 1, length * 3) >>> 0;
    size = utf8Write.call(bytes, text, at);
    return at;
  }
  function getText(at, length) {
    if (length <= SHORT) {
      let all = 0;
      for (let i = 0; i < length; i++) all |= bytes[at + i];
      if (all < 128) return latin1Slice.call(bytes, at, at + length);
    }
    return decoder.decode(bytes.subarray(at, at + length));
  }

  return {
    add: take("add"),
    callbacks: take("callbacks"),
    echo(text) {
      const at = putText(text);
      const result = echo(at, size);
      const out = getText(words[result >>> 2], words[(result >>> 2) + 1]);
      freeEcho(result);
      return out;
    },
    bytes(data) {
      const at = realloc(0, 0, 1, data.length) >>> 0;
      bytes.set(data, at);
      const result = send(at, data.length);
      const from = words[result >>> 2];
      const out = bytes.slice(from, from + words[(result >>> 2) + 1]);
      freeBytes(result);
      return out;
    },
    build({ path, target, args, env }) {
      const pathAt = putText(path);
      const pathSize = size;
      const targetAt = putText(target);
      const targetSize = size;
      const argsAt = realloc(0, 0, 4, args.length * 8) >>> 0;
      for (let i = 0; i < args.length; i++) {
        const at = putText(args[i]);
        words[(argsAt >>> 2) + i * 2] = at;
        words[(argsAt >>> 2) + i * 2 + 1] = size;
      }
      const envAt = realloc(0, 0, 4, env.length * 16) >>> 0;
      for (let i = 0; i < env.length; i++) {
        for (let half = 0; half < 2; half++) {
          const at = putText(env[i][half]);
          words[(envAt >>> 2) + i * 4 + half * 2] = at;
          words[(envAt >>> 2) + i * 4 + half * 2 + 1] = size;
        }
      }
      const result = build(pathAt, pathSize, targetAt, targetSize, argsAt, args.length, envAt, env.length) >>> 2;
      const from = words[result];
      const out = {
        artifact: bytes.slice(from, from + words[result + 1]),
        log: getText(words[result + 2], words[result + 3]),
      };
      freeBuild(result << 2);
      return out;
    },
  };
}
