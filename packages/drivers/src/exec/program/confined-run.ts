// A run and what policy decided -> the same run in a sandbox, if the decision has one.
import type { OpenContext } from "@tenon/host/driver";
import { confined, type Shown } from "../../_process/sandbox/confine.ts";
import { launchFailure } from "../../_process/sandbox/launch-failure.ts";
import type { ProgramRun, RunOutcome } from "./run.ts";

/** Rejects with what `confined` throws; else never. */
export async function runConfined(
  run: ProgramRun,
  context: OpenContext,
  shown: Shown,
  start: (run: ProgramRun) => Promise<RunOutcome>,
): Promise<RunOutcome> {
  if (context.granted?.sandbox === undefined) return start(run);
  const { file, args: given, env, cwd } = run;
  const { program, args, inputs, release, exhausted } = confined(
    { program: file, args: given, env, cwd },
    context,
    shown,
  );
  try {
    const outcome = await start({ ...run, file: program, args, inputs, env: {}, cwd: "/" });
    const { end, stderr } = outcome;
    const used = end.kind === "exit" ? exhausted?.() : undefined;
    if (used !== undefined) return { ...outcome, end: { kind: "exhausted", why: used } };
    const why = end.kind === "exit" ? launchFailure(end.code, stderr) : undefined;
    return why === undefined
      ? outcome
      : { ...outcome, stderr: new Uint8Array(), end: { kind: "not-started", why, errno: undefined } };
  } finally {
    release?.();
  }
}
