// Tools that a function asks about -> whether they are here, and their versions.
import { camelCase } from "@tenon/contract/core";
import type { ToolProbe } from "./mapping/function.ts";
import { findProgram, type SearchPlaces } from "./program/find.ts";
import type { ProgramRun, RunOutcome } from "./program/run.ts";

/** A tool that takes longer to say its version is reported without one. */
const PROBE_MS = 5_000;
const PROBE_BYTES = 64 * 1024;

export interface ToolFacts {
  readonly found: boolean;
  readonly version: string | undefined;
  readonly path: string | undefined;
}

/** Runs all probes at once; keys of the result are in camelCase, as templates read them. Never rejects. */
export async function probeTools(
  tools: readonly ToolProbe[],
  places: SearchPlaces,
  template: Pick<ProgramRun, "env" | "cwd" | "killGraceMs" | "signal">,
  run: (run: ProgramRun) => Promise<RunOutcome>,
): Promise<Record<string, ToolFacts>> {
  const facts = await Promise.all(
    tools.map(async ({ command: [name = "", ...args] }): Promise<ToolFacts> => {
      const { file } = findProgram(name, places);
      if (file === undefined) return { found: false, version: undefined, path: undefined };
      if (args.length === 0) return { found: true, version: undefined, path: file };
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), PROBE_MS);
      const onAbort = (): void => stop.abort();
      template.signal?.addEventListener("abort", onAbort, { once: true });
      const outcome = await run({
        ...template,
        file,
        args,
        stdin: undefined,
        maxOutputBytes: PROBE_BYTES,
        signal: stop.signal,
      });
      clearTimeout(timer);
      template.signal?.removeEventListener("abort", onAbort);
      const { end } = outcome;
      if (end.kind === "not-started") return { found: false, version: undefined, path: file };
      return { found: true, version: versionIn(outcome.stdout) ?? versionIn(outcome.stderr), path: file };
    }),
  );
  return Object.fromEntries(tools.map(({ key }, index) => [camelCase(key), facts[index]!]));
}

/** `cargo 1.81.0 (2dbb1af80 2024-08-20)` -> `1.81.0`. */
export function versionIn(output: Uint8Array): string | undefined {
  const head = Buffer.from(output.subarray(0, 512)).toString("utf8");
  return /\d{1,9}(?:\.\d{1,9}){1,4}(?:[-+][\w.+-]{1,40})?/.exec(head)?.[0];
}
