// A sandboxed guest in a child process: a program that runs it is started by the driver for programs, which is passed in.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { contractToDescriptor, TenonError } from "@tenon/contract/core";
import type { ContractDescriptor } from "@tenon/contract/core";
import type { DriverTraits, Granted, Limits, OpenContext, Session } from "@tenon/host/driver";
import { takeNotes } from "../_granted/report.ts";
import { descriptorsExhausted } from "../_process/exhausted.ts";
import type { Shown } from "../_process/sandbox/confine.ts";
import { codeOf } from "../_process/sandbox/node-code.ts";
import { temporaryPrefix } from "../_process/temporary.ts";
import type { CacheOptions } from "./prepared-store.ts";
import type { SandboxArtifact } from "./settings.ts";

/** The driver that runs the child: `stdioDriver`, which is passed in because drivers do not import each other. */
export interface ProcessDriver {
  readonly traits: DriverTraits;
  readonly open: (
    artifact: { readonly command: readonly string[] },
    context: OpenContext,
    own?: {
      /** What the program reads beside what the plugin was granted, where it runs in a sandbox. */
      readonly shown?: Shown;
      readonly onNote?: ((text: string) => void) | undefined;
    },
  ) => Promise<Session>;
}
export interface ProcessRunner {
  readonly stdio: ProcessDriver;
  /** The program that Node runs in the child with the path of a `ProcessStart` in JSON as its one argument. */
  readonly program: URL;
}

/** What the program in the child is given. */
export interface ProcessStart {
  readonly boundary: string;
  readonly pluginId: string;
  readonly contract: ContractDescriptor;
  /** The guest by its path; on a thread of the child, so that host functions can be waited for. */
  readonly artifact: SandboxArtifact & { readonly module: string };
  readonly limits: Limits;
  readonly cache?: CacheOptions | undefined;
}

/** A guest whose bytes were checked. */
export interface ProcessGuest {
  readonly boundary: string;
  readonly artifact: SandboxArtifact;
  readonly bytes: Uint8Array;
  readonly cache?: CacheOptions | undefined;
  /** What runs it keeps it to `limits.memoryMiB` by itself. */
  readonly keepsMemory?: boolean;
  /** Where its uses of files and places are told; undefined where no policy was asked. */
  readonly audit?: Granted["audit"] | undefined;
}

/** Rejects with `start-failed` where there is no room for temporary files, and with what the driver rejects with. */
export async function openProcess(
  { stdio, program }: ProcessRunner,
  guest: ProcessGuest,
  context: OpenContext,
): Promise<Session> {
  const folder = await mkdtemp(temporaryPrefix("wasm"));
  try {
    const isConfined = context.granted?.sandbox !== undefined;
    // What every process of the host shares is none of a confined one's business.
    const start = await writeStart(folder, isConfined ? { ...guest, cache: undefined } : guest, context);
    const module = fileURLToPath(program);
    const shown: Shown = { readable: isConfined ? [folder, ...codeOf(module)] : [] };
    const onNote = guest.audit === undefined ? undefined : takeNotes({ audit: guest.audit });
    // What the guest may have is kept by what runs it, which needs memory of its own.
    const limits = guest.keepsMemory === true ? { ...context.limits, memoryMiB: 0 } : context.limits;
    const around = { ...context, limits };
    return await stdio.open({ command: [process.execPath, module, start] }, around, { shown, onNote });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The very bytes that were checked, and everything that goes with them. */
async function writeStart(
  folder: string,
  { boundary, artifact, bytes, cache }: ProcessGuest,
  context: OpenContext,
): Promise<string> {
  const module = join(folder, "guest.wasm");
  const start: ProcessStart = {
    boundary,
    pluginId: context.pluginId,
    contract: contractToDescriptor(context.contract),
    artifact: { ...artifact, module, isolation: "worker" },
    limits: context.limits,
    cache,
  };
  const path = join(folder, "start.json");
  try {
    await writeFile(module, bytes, { flag: "wx" });
    // JSON has no infinity, and no limit is the same as the largest.
    const text = JSON.stringify(start, (_, value: unknown) => (value === Infinity ? Number.MAX_VALUE : value));
    await writeFile(path, text, { flag: "wx" });
  } catch (thrown) {
    throw (
      descriptorsExhausted(thrown, "write the guest for its process") ??
      TenonError.from(thrown, "start-failed", { hint: "make room for temporary files", sideEffects: "none" })
    );
  }
  return path;
}
