// The component with a JavaScript engine inside, built once; and copies of it that no cache has seen.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

/** It has an install of its own: the tools that build such a component are 385 MB. */
const FOLDER = new URL("../../js-guest/", import.meta.url);

const MARK = "processed-by";

/** The component, or the reason on the terminal why there is none. */
export async function jsComponent() {
  if (!existsSync(new URL("node_modules/", FOLDER))) {
    console.error(
      "no open-12mb: its component is not built; npm ci --prefix packages/bench/js-guest installs what builds it",
    );
    return undefined;
  }
  const sources = ["guest.js", "build.mjs", "package-lock.json", "../../../contracts/bench/bench.wit"];
  const hash = createHash("sha256");
  for (const source of sources) hash.update(readFileSync(new URL(source, FOLDER)));
  const cached = new URL(`node_modules/.cache/${hash.digest("hex").slice(0, 16)}.wasm`, FOLDER);
  if (existsSync(cached)) return new Uint8Array(readFileSync(cached));
  process.stderr.write("building the component with a JavaScript engine\n");
  const { default: build } = await import(new URL("build.mjs", FOLDER).href);
  const bytes = new Uint8Array(await build());
  mkdirSync(new URL(".", cached), { recursive: true });
  writeFileSync(cached, bytes);
  return bytes;
}

/**
 * The same component with a few other letters in custom sections, which nobody reads: its own, and that of its core module, for
 * the engine keeps what it compiled by the module's bytes.
 */
export function freshModule(component, number) {
  const copy = component.slice();
  const text = Buffer.from(copy.buffer);
  const letters = Buffer.from(String(number).padStart(MARK.length, "0"));
  const places = [];
  for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + 1)) places.push(at);
  if (places.length < 2) throw new Error("the component or its module does not say who made it");
  for (const at of places) copy.set(letters, at);
  return copy;
}
