// What host functions need to know about the build for which a plugin calls them.
import type { LogLevel } from "../generated/plugin.ts";
import type { Grants, Kind, Verdict } from "@tenon/policy";

/** A refusal, so that the person who runs the build learns of it even where the plugin swallows it. */
export interface Denial {
  readonly plugin: string;
  /** `read src/secret.ts`, `run curl`. */
  readonly what: string;
  /** What would allow it, as `--grant PLUGIN=...` takes it; undefined where nothing would. */
  readonly grant: string | undefined;
}

export interface BuildSink {
  progress(message: string, percent: number | undefined): void;
  log(level: LogLevel, message: string): void;
  denied(denial: Denial): void;
}

/** One plugin serves one build at a time, so that its host functions know which one they are for. */
export interface BuildContext {
  readonly plugin: string;
  readonly grants: Grants;
  /** The project's real path; undefined outside of a build, where no file may be touched. */
  readonly project: string | undefined;
  /** The request's `staging` while a build runs, a real path: files there need no grant. */
  readonly staging?: string;
  /** Ends everything that runs for this build. */
  readonly signal: AbortSignal;
  readonly sink: BuildSink;
  /** Writes one line of the audit log. */
  readonly audit: (kind: Kind, argument: string, verdict: Verdict) => void;
}
