// The conformance plugin in Rust -> built by each of the Rust compilers that are here, as a library and as a program.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ArtifactKind } from "@tenon/verify";
import { builtOnce, filesAsInputs, versionOf } from "../../../scripts/built-once.mjs";
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
const sources = new Map<ArtifactKind, readonly (string | Buffer)[]>();

/** The folder with `libconformance.so` and the program `conformance`. */
export function buildRust({ rustc, version }: RustCompiler, kind: ArtifactKind = "conformance"): string {
  const crate = prepareCrate(kind);
  const args = ["build", "--offline", "--quiet", ...(kind === "throws" ? ["--features", "throws"] : [])];
  return builtOnce("rust", [version, args.join(" "), ...sourcesOf(crate, kind)], (into) => {
    // The same for every kind, so that what they have in common is compiled once.
    const target = join(crate, `target-${version.replaceAll(" ", "-")}`);
    const { status, stderr, error } = spawnSync("cargo", args, {
      cwd: join(crate, CRATE),
      env: { ...process.env, RUSTC: rustc, CARGO_TARGET_DIR: target },
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`cargo ${args.join(" ")}: ${error?.message ?? stderr}`);
    for (const name of ["libconformance.so", "conformance"])
      copyFileSync(join(target, "debug", name), join(into, name));
  });
}

/** The same source as a core module; or why there is none. */
export function buildRustWasm(): { readonly module: Uint8Array } | { readonly missing: string } {
  const rust = rustForWasm();
  if (rust.missing !== undefined) return { missing: rust.missing };
  const crate = prepareCrate("conformance");
  const args = ["build", "--release", "--lib", "--quiet", `--target=${RUST_TARGET}`, ...rust.args];
  const compiler = [versionOf("rustc", "-vV"), args.join(" "), rust.env["RUSTFLAGS"] ?? ""];
  const built = builtOnce("rust-wasm", [...compiler, ...sourcesOf(crate, "conformance")], (into) => {
    const at = { cwd: join(crate, CRATE), env: rust.env, encoding: "utf8" } as const;
    const { status, stderr } = spawnSync(rust.cargo, args, at);
    if (status !== 0) throw new Error(stderr);
    copyFileSync(join(CARGO_TARGET_DIR, RUST_TARGET, "release/conformance.wasm"), join(into, "conformance.wasm"));
  });
  return { module: readFileSync(join(built, "conformance.wasm")) };
}

function sourcesOf(crate: string, kind: ArtifactKind): readonly (string | Buffer)[] {
  const known = sources.get(kind) ?? filesAsInputs(crate, isSource);
  sources.set(kind, known);
  return known;
}

/** Not what cargo writes: there is nothing to lock but what is in the copy. */
const isSource = (path: string): boolean => !path.includes("target-") && !path.endsWith("Cargo.lock");
const OTHER_DIGEST = `abi:sha256:${"0".repeat(64)}`;

/** A copy of the crates, with the generated module as it is for one kind. */
function prepareCrate(kind: ArtifactKind): string {
  const crate = (folder ??= copyCrates());
  const path = join(crate, CRATE, "src/plugin.rs");
  const text = readFileSync(join(crate, CRATE, "plugin.rs"), "utf8");
  writeFileSync(path, kind === "other-contract" ? text.replaceAll(/abi:sha256:[0-9a-f]{64}/g, OTHER_DIGEST) : text);
  return crate;
}

function copyCrates(): string {
  const made = mkdtempSync(join(tmpdir(), "tenon-rust-test-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  for (const path of ["sdks/rust", CRATE])
    cpSync(at(`../../../${path}`), join(made, path), { recursive: true, filter: (from) => !from.includes("/target") });
  const out = join(made, CRATE);
  const { status, stderr } = spawnSync(process.execPath, [CLI, "codegen", CONFORMANCE_WIT, "--rust", "--out", out], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return made;
}
