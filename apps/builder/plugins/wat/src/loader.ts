// Names of modules in the order of their instantiation -> the script that links and runs them in Node.

/** The last module is the entry, whose `main` is called. A module may print through `host.print(at, length)` and the memory it sees. */
export function loaderFor(names: readonly string[]): string {
  return `// Links the modules beside it and calls main of the last one.
import { readFile } from "node:fs/promises";

const names = ${JSON.stringify(names)};
const linked = Object.create(null);
let memory;
linked.host = {
  print: (at, length) => console.log(new TextDecoder().decode(new Uint8Array(memory.buffer, at, length))),
};
for (const name of names) {
  const bytes = await readFile(new URL(\`\${name}.wasm\`, import.meta.url));
  const { instance } = await WebAssembly.instantiate(bytes, linked);
  linked[name] = instance.exports;
  memory ??= Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
}
linked[names.at(-1)].main?.();
`;
}
