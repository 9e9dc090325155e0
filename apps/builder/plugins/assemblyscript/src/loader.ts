// The name of a module -> the script that runs it in Node: `main` or `_start`, with `env.print` for its text.

/** The script imports nothing but Node's own modules, so that it can be copied anywhere together with the module. */
export function loaderFor(name: string): string {
  return `// Runs ${name}.wasm: \`node ${name}.mjs\`.
import { readFile } from "node:fs/promises";

const module = await WebAssembly.compile(await readFile(new URL(${JSON.stringify(`${name}.wasm`)}, import.meta.url)));
let memory;
// AssemblyScript keeps the length of a text, in bytes, in the word before it.
const textAt = (pointer) => {
  const { buffer } = memory;
  const length = new Uint32Array(buffer, pointer - 4, 1)[0] >>> 1;
  return String.fromCharCode(...new Uint16Array(buffer, pointer, length));
};
const env = {
  print: (text) => console.log(textAt(text)),
  abort: (message, file, line, column) => {
    const what = message === 0 ? "stopped" : textAt(message);
    throw new Error(file === 0 ? what : \`\${what} (\${textAt(file)}:\${line}:\${column})\`);
  },
  seed: () => Date.now(),
};
const { exports } = await WebAssembly.instantiate(module, { env });
memory = exports.memory;
(exports.main ?? exports._start)?.();
`;
}
