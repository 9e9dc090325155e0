// The sources of markdown.wasm -> their digest, which it carries: a stale artifact is found without any compiler.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("./", import.meta.url);
export const WASM = new URL("markdown.wasm", FOLDER);
/** The custom section that holds the digest. */
export const SOURCE_SECTION = "tenon:source";

/** Of all that the artifact is compiled from. */
export function sourceDigest() {
  const files = ["Cargo.lock", "Cargo.toml", ...readdirSync(new URL("src/", FOLDER)).map((name) => `src/${name}`)];
  const hash = createHash("sha256");
  for (const file of files.sort((a, b) => (a < b ? -1 : 1)))
    hash.update(`${file}\0${readFileSync(new URL(file, FOLDER), "utf8")}\0`);
  return hash.digest("hex");
}
