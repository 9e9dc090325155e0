// The grants of an artifact -> the WASI context of one instance, preview1 for core modules and preview2 for components.
import type { CallBudget } from "@tenon/abi";
import type { Granted } from "@tenon/host/driver";
import type * as Wasi from "@tenon/wasi";
import type { AccessGuard, hostDirectory, OutputStream, RandomAccess, WasiOptions } from "@tenon/wasi";
import { requireDescriptors } from "../_process/exhausted.ts";
import { guardOf } from "../_granted/guard.ts";
import { reportTo } from "../_granted/report.ts";
import type { WasiGrants } from "./settings.ts";

/** Takes what the guest prints. */
export type Print = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

/** Milliseconds that an instance may sleep in all where it holds the host's own thread. */
const MAX_BLOCK_MS_INLINE = 1000;

/** What both faces have. */
export interface WasiFace {
  readonly exitCode: number | undefined;
  close(): void;
}
/** As much of a preview1 context as an instance needs. */
export interface Preview1Face extends WasiFace {
  readonly imports: { readonly wasi_snapshot_preview1: object };
  initialize(instance: { readonly exports: Readonly<Record<string, unknown>> }): void;
  bind(instance: { readonly exports: Readonly<Record<string, unknown>> }): void;
}
/** The same of a preview2 context: functions by interface and name. */
export interface Preview2Face extends WasiFace {
  importsFor(names: Iterable<string>): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What a context is told of the instance that it is made for. */
export interface WasiInstance {
  readonly budget: CallBudget;
  readonly onStderr: (bytes: Uint8Array) => void;
}
export type OpenWasi<Face extends WasiFace> = (instance: WasiInstance) => Face;

export interface WasiSetting {
  readonly grants: WasiGrants;
  /** Writes what the guest uses and is denied to the audit log; default to where `grants.reports` leads. */
  readonly audit?: Granted["audit"] | undefined;
  readonly print: Print;
  readonly isInline: boolean;
}

/** Rejects with resource-exhausted. */
async function loadWasi(): Promise<typeof Wasi> {
  requireDescriptors("load the implementation of WASI");
  return await import("@tenon/wasi");
}

/** Loads the implementation, which guests without WASI never need, and gives what makes contexts. */
export async function preview1For(setting: WasiSetting): Promise<OpenWasi<Preview1Face>> {
  const wasi = await loadWasi();
  const own = { ...setting, guard: guardFor(setting) };
  return (instance) => wasi.createPreview1(optionsOf(own, instance, wasi.hostDirectory));
}

export async function preview2For(setting: WasiSetting): Promise<OpenWasi<Preview2Face>> {
  const wasi = await loadWasi();
  const own = { ...setting, guard: guardFor(setting) };
  return (instance) => wasi.createPreview2(optionsOf(own, instance, wasi.hostDirectory));
}

interface GuardedSetting extends WasiSetting {
  /** Makes one for each instance. */
  readonly guard: (() => AccessGuard) | undefined;
}

/** Undefined where no policy was asked. */
function guardFor({ grants, audit }: WasiSetting): (() => AccessGuard) | undefined {
  const { watched, reports } = grants;
  if (watched === undefined) return undefined;
  const report = reports === undefined ? undefined : reportTo(reports);
  return () => guardOf(watched, report ?? (({ kind, argument, verdict }) => audit?.(kind, argument, verdict)));
}

function optionsOf(
  setting: GuardedSetting,
  { budget, onStderr }: WasiInstance,
  openFolder: typeof hostDirectory,
): WasiOptions {
  const { grants, print, isInline } = setting;
  const guard = setting.guard?.();
  const output = (stream: "stdout" | "stderr"): OutputStream => ({
    write: (bytes) => {
      const taken = budget.takeLog(bytes.length);
      if (taken > 0) {
        // A copy, because the guest's memory goes on changing.
        const printed = bytes.slice(0, taken);
        if (stream === "stderr") onStderr(printed);
        print(stream, printed);
      }
      if (taken === bytes.length) return;
      print(
        stream,
        new TextEncoder().encode(`\n(more than ${budget.limits.maxLogBytes} bytes of output in one call)\n`),
      );
      throw budget.logExhausted();
    },
    isTerminal: false,
  });
  const mounts = Object.entries(grants.folders ?? {}).map(([path, folder]) => [
    path,
    openFolder(folder.path, { readOnly: folder.readOnly ?? true }),
  ]);
  return {
    args: grants.args ?? [],
    env: grants.env ?? {},
    clocks: grants.clocks ?? "coarse",
    random: randomOf(grants),
    ...(grants.network !== undefined && { network: grants.network }),
    mounts: Object.fromEntries(mounts) as Record<string, ReturnType<typeof openFolder>>,
    stdout: output("stdout"),
    stderr: output("stderr"),
    budget,
    ...(guard !== undefined && { guard }),
    ...(isInline && { limits: { maxBlockMs: MAX_BLOCK_MS_INLINE } }),
  };
}

function randomOf({ random = "secure" }: WasiGrants): RandomAccess {
  return random === "secure" ? random : { seed: BigInt(random.seed) };
}
