// src/*.rs -> markdown.wasm, a component: `npm run build:markdown -w apps/builder`. `--check` compares instead of writing.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ComponentEncoder, moduleComponent } from "@tenon/wasm/testing";
import { plugin as contract } from "@tenon/builder/contract";
import { SOURCE_SECTION, sourceDigest, WASM } from "./source-digest.mjs";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
/** Other compilers make other bytes: with them, nothing can be compared. Debian: rustc-web cargo-web rust-web-src lld. */
const RUSTC = "rustc 1.96.0";
const LIBRARY = "/usr/lib/rustlib/src/rust/library";
const TARGET = "wasm32-unknown-unknown";
/** Why this machine cannot make the same bytes; undefined where it can. */
function whatIsMissing() {
  if (!existsSync("/usr/bin/rustc") || !existsSync("/usr/bin/cargo") || !existsSync(LIBRARY))
    return "Debian's rustc-web, cargo-web and rust-web-src are not installed";
  const version = execFileSync("/usr/bin/rustc", ["--version"], { encoding: "utf8" });
  if (!version.startsWith(`${RUSTC} `)) return `it was built by ${RUSTC}, here is ${version.trim()}`;
  return existsSync("/usr/bin/wasm-ld") ? undefined : "lld is not installed";
}

function compile(target) {
  const flags = [
    "-Clinker=wasm-ld",
    "-Clinker-flavor=wasm-ld",
    // No text of panics and no paths of this machine: a panic is a trap.
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
  ];
  const env = {
    PATH: `/usr/bin:${process.env.PATH}`,
    HOME: target,
    CARGO_HOME: join(target, "home"),
    CARGO_TARGET_DIR: target,
    RUSTC_BOOTSTRAP: "1",
    RUSTFLAGS: flags.join(" "),
  };
  const args = [
    "build",
    "--release",
    "--locked",
    "--offline",
    `--target=${TARGET}`,
    "-Zbuild-std=std",
    "-Zbuild-std-features=optimize_for_size",
    // The standard library's own dependencies come with it.
    "--config=source.crates-io.replace-with='std'",
    `--config=source.std.directory='${LIBRARY}/vendor'`,
  ];
  execFileSync("/usr/bin/cargo", args, { cwd: FOLDER, env, stdio: ["ignore", "inherit", "inherit"] });
  return readFileSync(join(target, TARGET, "release", "tenon_markdown.wasm"));
}

function build() {
  const target = mkdtempSync(join(tmpdir(), "tenon-markdown-"));
  try {
    // Before: what is edited meanwhile must not pass for built.
    const digest = sourceDigest();
    const component = moduleComponent(contract, compile(target));
    const encoder = new ComponentEncoder();
    const header = encoder.finish().length;
    encoder.custom(SOURCE_SECTION, [...Buffer.from(digest)]);
    return Buffer.concat([component, encoder.finish().subarray(header)]);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes("--check");
  const missing = whatIsMissing();
  if (missing !== undefined) {
    console.log(`markdown.wasm cannot be built here: ${missing}`);
    process.exitCode = isCheck ? 0 : 1;
  } else {
    const made = build();
    if (!isCheck) writeFileSync(WASM, made);
    const isSame = made.equals(readFileSync(WASM));
    console.log(
      `markdown.wasm: ${made.length} bytes, ${isSame ? "as its sources give it" : "NOT what its sources give"}`,
    );
    process.exitCode = isSame ? 0 : 1;
  }
}
