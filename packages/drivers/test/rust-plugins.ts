// The conformance plugin in Rust -> built by each of the Rust compilers that are here, as a library and as a program.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ArtifactKind } from "@tenon/verify";
import * as wasm from "../../../scripts/rust-wasm.mjs";
import { CONFORMANCE_WIT } from "./native-plugins.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
interface RustForWasm {
  readonly missing?: string;
  readonly cargo: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}
const { rustForWasm, CARGO_TARGET_DIR, RUST_TARGET } = wasm as unknown as {
  readonly rustForWasm: () => RustForWasm;
  readonly CARGO_TARGET_DIR: string;
  readonly RUST_TARGET: string;
};

const CRATE = "packages/verify/src/plugins/rust";
const CLI = at("../../cli/bin/tenon.js");

export interface RustCompiler {
  /** The path of `rustc`. */
  readonly rustc: string;
  /** `rustc 1.95.0`; what tells compilers apart. */
  readonly version: string;
}

/** The first one is what cargo takes by itself; the others are of other versions. */
export function rustCompilers(): readonly RustCompiler[] {
  if (process.platform !== "linux") return [];
  const nightly = spawnSync("rustup", ["which", "rustc", "--toolchain", "nightly"], { encoding: "utf8" });
  const found = new Map<string, RustCompiler>();
  for (const rustc of ["rustc", "/usr/bin/rustc", (nightly.stdout ?? "").trim()].filter((path) => path !== "")) {
    const { status, stdout } = spawnSync(rustc, ["--version"], { encoding: "utf8" });
    const version = status === 0 ? stdout.split(" ").slice(0, 2).join(" ") : undefined;
    if (version !== undefined && !found.has(version)) found.set(version, { rustc, version });
  }
  return [...found.values()];
}

let folder: string | undefined;
const built = new Map<string, string>();

/** The folder with `libconformance.so` and the program `conformance`. */
export function buildRust({ rustc, version }: RustCompiler, kind: ArtifactKind = "conformance"): string {
  const key = `${version} ${kind}`;
  const known = built.get(key);
  if (known !== undefined) return known;
  const crate = prepareCrate(kind);
  const target = join(crate, `target-${version.replaceAll(" ", "-")}`);
  const args = ["build", "--offline", "--quiet", ...(kind === "throws" ? ["--features", "throws"] : [])];
  const { status, stderr, error } = spawnSync("cargo", args, {
    cwd: join(crate, CRATE),
    env: { ...process.env, RUSTC: rustc, CARGO_TARGET_DIR: target },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`cargo ${args.join(" ")}: ${error?.message ?? stderr}`);
  const out = join(target, "debug");
  built.set(key, out);
  return out;
}

/** The same source as a core module; or why there is none. */
export function buildRustWasm(): { readonly module: Uint8Array } | { readonly missing: string } {
  const rust = rustForWasm();
  if (rust.missing !== undefined) return { missing: rust.missing };
  const crate = prepareCrate("conformance");
  const args = ["build", "--release", "--lib", "--quiet", `--target=${RUST_TARGET}`, ...rust.args];
  const { status, stderr } = spawnSync(rust.cargo, args, { cwd: join(crate, CRATE), env: rust.env, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { module: readFileSync(join(CARGO_TARGET_DIR, RUST_TARGET, "release/conformance.wasm")) };
}

/** A copy of the crates, with the generated module; one for all kinds but those whose sources differ. */
function prepareCrate(kind: ArtifactKind): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "tenon-rust-test-"));
    folder = made;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  const crate = join(folder, kind);
  mkdirSync(crate, { recursive: true });
  for (const path of ["sdks/rust", CRATE])
    cpSync(at(`../../../${path}`), join(crate, path), { recursive: true, filter: (from) => !from.includes("/target") });
  const src = join(crate, CRATE, "src");
  const { status, stderr } = spawnSync(process.execPath, [CLI, "codegen", CONFORMANCE_WIT, "--rust", "--out", src], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  if (kind === "other-contract") {
    const path = join(src, "plugin.rs");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replaceAll(/abi:sha256:[0-9a-f]{64}/g, `abi:sha256:${"0".repeat(64)}`),
    );
  }
  return crate;
}
