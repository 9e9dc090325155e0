// `tenon wrap`: a core WebAssembly module and its contract -> the plugin that a boundary loads.
import { Option, type Command } from "commander";
import type { Contract } from "@tenon/contract";
import { moduleComponent, moduleWithContract } from "@tenon/wasm/encode";
import { readWorld, type WitSelection } from "../contract-source.ts";
import { readBounded } from "../foreign-file.ts";
import { writeChanged } from "../output-files.ts";
import { say, sayJson } from "../terminal.ts";

/** What `tenon run` takes as well. */
const MAX_MODULE_BYTES = 256 * 1024 * 1024;

const MAKERS: Readonly<Record<string, (contract: Contract, module: Uint8Array) => Uint8Array>> = {
  component: moduleComponent,
  wasm: moduleWithContract,
};

interface Options extends WitSelection {
  readonly wit: string;
  readonly to: string;
  readonly out: string;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument("<module>", "a core module that exports the contract's functions under their canonical names")
    .requiredOption("--wit <path>", "the contract: a WIT file, or a folder with *.wit files and deps/")
    .requiredOption("-o, --out <file>", "where to write; may be the module itself")
    .addOption(
      new Option("--to <boundary>", "the boundary that it is for").choices(Object.keys(MAKERS)).default("component"),
    )
    .option("--world <name>", "the world, where the WIT has several")
    .option("--features <names>", "turn on @unstable features of the WIT, separated by commas")
    .option("--all-features", "turn on all of them")
    .addHelpText(
      "after",
      `
\`--to component\` wraps the module as a component, as \`wasm-tools component new\` does for what wit-bindgen makes.
\`--to wasm\` leaves it a core module and adds the section that tells a host its contract, for compilers that cannot write
one (Go, AssemblyScript). Either way the module must export what the contract says; what is missing is named.

Examples:
  tenon wrap target/wasm32-unknown-unknown/release/hello.wasm --wit contract.wit -o hello.wasm
  tenon wrap build/hello.wasm --wit contract.wit --to wasm -o build/hello.wasm --json`,
    )
    .action((module: string, options: Options) => wrap(module, options));
}

function wrap(module: string, options: Options): void {
  const { contract } = readWorld(options.wit, options);
  const make = MAKERS[options.to] as (typeof MAKERS)[string];
  const made = make(contract, readBounded(module, MAX_MODULE_BYTES));
  writeChanged(options.out, made);
  const { to, out } = options;
  if (options.json) sayJson({ boundary: to, contract: contract.id, digest: contract.digest, out, size: made.length });
  else say(`wrote ${out}: ${contract.id} for the ${to} boundary, ${made.length} bytes`);
}
