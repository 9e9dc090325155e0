// src/*.rs -> markdown.wasm, a component: `npm run build:markdown -w apps/builder`. `--check` compares instead of writing.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ComponentEncoder, moduleComponent } from "@tenon/wasm/encode";
import { snapshotFromJson } from "tenon/adapt";
import { CARGO_TARGET_DIR, debianRust, RUST_TARGET } from "../../../../scripts/rust-wasm.mjs";
import { SOURCE_SECTION, sourceDigest, WASM } from "./source-digest.mjs";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
/** What src/ was written for. */
const SNAPSHOT = new URL("../../../../contracts/builder/frozen/0.1.0/snapshot.json", import.meta.url);
/** Other compilers make other bytes: with them, nothing can be compared. Debian: rustc-web cargo-web rust-web-src lld. */
const RUSTC = "rustc 1.96.0";

/** Debian's compiler, or why this machine cannot make the same bytes. */
function compiler() {
  const rust = debianRust();
  if (rust.missing !== undefined) return rust;
  const version = execFileSync("rustc", ["--version"], { encoding: "utf8", env: rust.env });
  return version.startsWith(`${RUSTC} `) ? rust : { missing: `it was built by ${RUSTC}, here is ${version.trim()}` };
}

function compile({ cargo, args, env }) {
  // Not offline: the standard library's own dependencies have to come from where those of other crates do, or cargo would
  // build it anew whenever another crate had its turn.
  execFileSync(cargo, ["build", "--release", "--locked", `--target=${RUST_TARGET}`, ...args], {
    cwd: FOLDER,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return readFileSync(join(CARGO_TARGET_DIR, RUST_TARGET, "release", "tenon_markdown.wasm"));
}

function build(rust) {
  // Before: what is edited meanwhile must not pass for built.
  const digest = sourceDigest();
  const { contract } = snapshotFromJson(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  const component = moduleComponent(contract, compile(rust));
  const encoder = new ComponentEncoder();
  const header = encoder.finish().length;
  encoder.custom(SOURCE_SECTION, [...Buffer.from(digest)]);
  return Buffer.concat([component, encoder.finish().subarray(header)]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes("--check");
  const rust = compiler();
  if (rust.missing !== undefined) {
    console.log(`markdown.wasm cannot be built here: ${rust.missing}`);
    // In CI it must be compared; elsewhere its digest says at least which sources it is of.
    process.exitCode = isCheck && process.env["CI"] !== "true" ? 0 : 1;
  } else {
    const made = build(rust);
    if (!isCheck) writeFileSync(WASM, made);
    const isSame = made.equals(readFileSync(WASM));
    console.log(
      `markdown.wasm: ${made.length} bytes, ${isSame ? "as its sources give it" : "NOT what its sources give"}`,
    );
    process.exitCode = isSame ? 0 : 1;
  }
}
