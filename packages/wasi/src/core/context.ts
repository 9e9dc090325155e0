// The options of one guest to its context: what it was granted, opened and counted, the same for both faces.
import type { CallBudget } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import { WasiBudget, type WasiLimits } from "./budget.ts";
import { type ClockAccess, type Clocks, createClocks } from "./clocks.ts";
import type { AccessGuard } from "./guard.ts";
import { GuardedDirectory } from "./guarded-directory.ts";
import type { Mount } from "./mounts.ts";
import { Network } from "./network.ts";
import type { NetworkOptions } from "./network-policy.ts";
import type { DirectoryNode } from "./node.ts";
import { createRandom, type RandomAccess, type RandomSource } from "./random.ts";
import { discardOutput, emptyInput, type InputStream, type OutputStream } from "./streams.ts";

/** An output, or what makes one once the guest's budget is known (`logOutput`). */
export type OutputOption = OutputStream | ((budget: WasiBudget) => OutputStream);

/** What a guest is granted. Everything absent is denied: no files, no environment, no input, output discarded. */
export interface WasiOptions {
  /** The arguments, the program's own name first. Default none. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The guest's path to what is mounted there, in this order (`{ "/": hostDirectory("site") }`). */
  readonly mounts?: Readonly<Record<string, Mount>>;
  readonly stdin?: InputStream;
  readonly stdout?: OutputOption;
  readonly stderr?: OutputOption;
  /** Default `coarse`. */
  readonly clocks?: ClockAccess;
  /** Default `secure`. */
  readonly random?: RandomAccess;
  /** Hosts that the guest may connect to (preview2 only; TCP). Default none. */
  readonly network?: NetworkOptions;
  readonly limits?: Partial<WasiLimits>;
  /** Asked about each file and told of each file and place; default nobody. */
  readonly guard?: AccessGuard;
  /** The budget of the guest's calls, which the caller resets. Default one of its own, for the guest's whole life. */
  readonly budget?: CallBudget;
}

export interface WasiContext {
  readonly args: readonly string[];
  readonly env: readonly (readonly [string, string])[];
  readonly mounts: readonly OpenMount[];
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clocks: Clocks;
  readonly budget: WasiBudget;
  readonly random: RandomSource;
  readonly network: Network | undefined;
  readonly guard: AccessGuard | undefined;
}

export interface OpenMount {
  readonly path: string;
  readonly readOnly: boolean;
  /** The face that has the context closes it. */
  readonly directory: DirectoryNode;
}

/** Opens the mounts. Throws `config-invalid` for text with a NUL in it or arguments beyond their limit. */
export function openContext(options: WasiOptions): WasiContext {
  const budget = new WasiBudget(options.limits, options.budget);
  const args = options.args ?? [];
  const env = Object.entries(options.env ?? {});
  checkTexts(budget, [...args, ...env.map(([name, value]) => `${name}=${value}`)]);
  if (env.some(([name]) => name === "" || name.includes("="))) throw invalid("a name in env is empty or has = in it");
  const output = (option: OutputOption | undefined): OutputStream =>
    typeof option === "function" ? option(budget) : (option ?? discardOutput);
  return {
    args,
    env,
    stdin: options.stdin ?? emptyInput,
    stdout: output(options.stdout),
    stderr: output(options.stderr),
    clocks: createClocks(options.clocks ?? "coarse", budget.limits.maxBlockMs),
    random: createRandom(options.random ?? "secure"),
    budget,
    guard: options.guard,
    network: options.network === undefined ? undefined : new Network(options.network, options.guard),
    mounts: openMounts(options.mounts ?? {}, options.guard),
  };
}

function openMounts(mounts: Readonly<Record<string, Mount>>, guard: AccessGuard | undefined): readonly OpenMount[] {
  const opened: OpenMount[] = [];
  try {
    for (const [path, mount] of Object.entries(mounts)) {
      if (path === "" || path.includes("\0")) throw invalid(`a mount has the path ${JSON.stringify(path)}`);
      const inner = mount.open();
      const directory = guard === undefined ? inner : new GuardedDirectory(inner, path, guard);
      opened.push({ path, readOnly: mount.readOnly, directory });
    }
    return opened;
  } catch (thrown) {
    for (const { directory } of opened) directory.close();
    throw TenonError.from(thrown, "config-invalid");
  }
}

function checkTexts(budget: WasiBudget, texts: readonly string[]): void {
  let bytes = 0;
  for (const text of texts) {
    if (text.includes("\0")) throw invalid("an argument or environment variable has a NUL in it");
    bytes += Buffer.byteLength(text) + 1;
  }
  const { maxArgumentBytes } = budget.limits;
  if (bytes > maxArgumentBytes)
    throw invalid(`arguments and environment have ${bytes} bytes, more than ${maxArgumentBytes}`);
}

function invalid(what: string): TenonError {
  return new TenonError("config-invalid", what);
}
