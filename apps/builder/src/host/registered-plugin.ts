// A registered plugin -> calls to it, one after the other, each with the project that its host functions serve meanwhile.
import { setTimeout as sleep } from "node:timers/promises";
import { TenonError } from "@tenon/contract";
import { auditRecord, checkDecision, type AuditSink, type Decision } from "@tenon/policy";
import { DEFAULT_LIMITS, type Plugin, type UsageReport } from "@tenon/host";
import { splitContractId } from "@tenon/registry";
import type { Verdict } from "tenon/adapt";
import type { DriverTraits, Isolation } from "@tenon/host/driver";
import type { BuilderManifest } from "../config/manifest.ts";
import type { LogLevel, PluginExports, ToolStatus } from "../generated/plugin.ts";
import type { BuildContext, BuildSink } from "./build-context.ts";
import { lackOf } from "./required-program.ts";

/** One builder plugin; `use` is the only way to call it. */
export interface BuilderPlugin {
  readonly id: string;
  readonly manifest: BuilderManifest;
  readonly boundary: string;
  readonly isolation: Isolation;
  /** What policy made of the plugin's requests. */
  readonly decision: Decision;
  /** Undefined until the plugin was started: it is the artifact that says it. */
  builtFor(): BuiltFor | undefined;
  /** Programs that the plugin itself cannot start without and that are not here. */
  missingPrograms(): readonly ToolStatus[];
  /** Runs `work` with the plugin, one after the other: its host functions then serve the project and the sink given. */
  use<T>(scope: UseScope, work: (exports: Plugin<PluginExports>["exports"]) => Promise<T>): Promise<T>;
}

/** The contract that a plugin was built for. */
export interface BuiltFor {
  /** `0.1.0` */
  readonly version: string;
  /** How it fits the contract of this builder. */
  readonly verdict: Verdict;
}

export interface UseScope {
  /** A real path, or undefined where no project is being built. */
  readonly project: string | undefined;
  /** Where a build's artifacts go, a real path; missing where nothing is built. */
  readonly staging?: string;
  readonly signal: AbortSignal;
  readonly sink: BuildSink;
}

export interface RegisteredOptions {
  readonly manifest: BuilderManifest;
  readonly decision: Decision;
  /** Of where it runs. */
  readonly traits: DriverTraits;
  /** Lines that the plugin prints outside of a build. */
  readonly onLog: ((plugin: string, level: LogLevel, text: string) => void) | undefined;
  readonly onAudit: AuditSink | undefined;
  /** What the host has counted. */
  readonly usage: () => UsageReport;
}

/** What a cancelled call still does must not reach the next build's project: after this time it is over, or ended by force. */
async function settled(thrown: unknown): Promise<void> {
  const { code } = TenonError.from(thrown);
  if (code === "cancelled" || code === "deadline-exceeded") await sleep(DEFAULT_LIMITS.cancelGraceMs * 2);
}

/** A plugin of a set; `plugin` is given as soon as the host has made it. */
export class RegisteredPlugin implements BuilderPlugin {
  readonly manifest: BuilderManifest;
  readonly boundary: string;
  readonly isolation: Isolation;
  readonly decision: Decision;
  /** Not there for a plugin that policy refuses. */
  plugin!: Plugin<PluginExports>;
  readonly #options: RegisteredOptions;
  #scope: UseScope | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #missing: readonly ToolStatus[] | undefined;

  constructor(options: RegisteredOptions) {
    this.#options = options;
    this.manifest = options.manifest;
    this.decision = options.decision;
    this.boundary = options.decision.boundary;
    this.isolation = options.traits.isolation;
  }

  get id(): string {
    return this.manifest.id;
  }

  get context(): BuildContext {
    const scope = this.#scope ?? { project: undefined, signal: AbortSignal.abort(), sink: this.#idleSink() };
    return { plugin: this.id, grants: this.decision.grants, audit: this.#audit, ...scope };
  }

  builtFor(): BuiltFor | undefined {
    const use = this.#options.usage().contracts.findLast(({ plugin }) => plugin === this.id);
    return use && { version: splitContractId(use.contract).version ?? "", verdict: use.verdict };
  }

  missingPrograms(): readonly ToolStatus[] {
    return (this.#missing ??= this.manifest.requires.flatMap((required) => {
      // What a manifest says is run only where its plugin is, too.
      const { trust, isTrustedInFull } = this.decision;
      const folder = trust === "trusted" || isTrustedInFull ? this.manifest.folder : undefined;
      const lack = lackOf(required, folder);
      return lack === undefined ? [] : [{ name: required.program, found: false, hint: lack }];
    }));
  }

  use<T>(scope: UseScope, work: (exports: Plugin<PluginExports>["exports"]) => Promise<T>): Promise<T> {
    const run = this.#queue.then(async () => {
      this.#checkTrust();
      this.#scope = scope;
      try {
        return await work(this.plugin.exports);
      } finally {
        this.#scope = undefined;
      }
    });
    this.#queue = run.then(() => {}, settled);
    return run;
  }

  onLog(plugin: string, level: LogLevel, text: string): void {
    if (this.#scope === undefined) this.#options.onLog?.(plugin, level, text);
    else this.#scope.sink.log(level, text);
  }

  /** Throws where the boundary cannot keep the plugin to what policy leaves it. */
  #checkTrust(): void {
    try {
      checkDecision(this.decision);
    } catch (refused) {
      const { code, what, notes } = TenonError.from(refused);
      this.#audit("fs", what, { isAllowed: false, rule: code });
      throw new TenonError(code, what, {
        hint: `trust it with --trust ${this.id} or in the policy file, if you know where it comes from`,
        plugin: this.id,
        boundary: this.boundary,
        notes,
        sideEffects: "none",
      });
    }
  }

  readonly #audit: BuildContext["audit"] = (capability, argument, { isAllowed, rule }) =>
    this.#options.onAudit?.(
      auditRecord({
        plugin: this.id,
        boundary: this.boundary,
        capability,
        argument,
        decision: isAllowed ? "allowed" : "denied",
        rule,
      }),
    );

  #idleSink(): BuildSink {
    return { progress: () => {}, log: (level, text) => this.#options.onLog?.(this.id, level, text), denied: () => {} };
  }
}
