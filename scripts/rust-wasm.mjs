// What this machine has -> how a crate becomes WebAssembly on it, for examples, tests and the plugins that are committed as binaries.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const RUST_TARGET = "wasm32-unknown-unknown";
/** One for all crates, so that the standard library is built once. */
export const CARGO_TARGET_DIR = fileURLToPath(new URL("../node_modules/.cache/tenon/cargo", import.meta.url));

/** Debian's compiler has no WebAssembly target of its own, but the sources of the standard library. */
const DEBIAN = { bin: "/usr/bin", library: "/usr/lib/rustlib/src/rust/library" };
const FLAGS = [
  "-Clinker=wasm-ld",
  "-Clinker-flavor=wasm-ld",
  // No text of panics and no paths of this machine: a panic is a trap.
  "-Zunstable-options",
  "-Cpanic=immediate-abort",
  "-Zlocation-detail=none",
];
const BUILD_STD = ["-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size"];

/**
 * The program to run, arguments to add behind `cargo build --release --target wasm32-unknown-unknown`, and the environment;
 * or `missing`, which says what to install. The target of rustup comes first, as users have it.
 */
export function rustForWasm() {
  if (hasTarget()) return { cargo: "cargo", args: [], env: { ...process.env, CARGO_TARGET_DIR } };
  return debianRust();
}

/** The same with Debian's compiler, whatever else there is. */
export function debianRust() {
  const { bin, library } = DEBIAN;
  const isThere = ["rustc", "cargo", "wasm-ld"].every((name) => existsSync(join(bin, name))) && existsSync(library);
  if (!isThere) {
    return {
      missing: `Rust for ${RUST_TARGET} is not installed (rustup target add ${RUST_TARGET}, or Debian's rustc-web, cargo-web, rust-web-src and lld)`,
    };
  }
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env["PATH"]}`,
    CARGO_TARGET_DIR,
    RUSTC_BOOTSTRAP: "1",
    RUSTFLAGS: FLAGS.join(" "),
  };
  return { cargo: join(bin, "cargo"), args: BUILD_STD, env };
}

function hasTarget() {
  const { status, stdout } = spawnSync("rustc", ["--print", "target-libdir", "--target", RUST_TARGET], {
    encoding: "utf8",
  });
  return status === 0 && existsSync(stdout.trim());
}
