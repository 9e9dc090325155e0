// A driver -> one node:test suite with all cases. A case is run, or skipped with a reason; there is no third way.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { TenonError } from "@tenon/contract";
import {
  createHost,
  traitsFor,
  type AnyDriver,
  type DriverTraits,
  type Host,
  type HostFunctions,
  type IsolationChoice,
  type LogEntry,
  type PluginEvent,
  type PluginOptions,
} from "@tenon/host";
import { decide, NO_REQUESTS, type DecideInput } from "@tenon/policy";
import type { ArtifactKind, CaseTools, ConformanceCase, ConformancePlugin, Loaded, LoadOptions } from "./case.ts";
import { callCases } from "./cases/calls.ts";
import { failureCases } from "./cases/failures.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { outputCases } from "./cases/output.ts";
import { valueCases } from "./cases/values.ts";
import { plugin as contract, type PluginImports } from "./generated/conformance.ts";

export interface Skip {
  /** A case's name, or `group/*`. */
  readonly case: string;
  readonly reason: string;
}

export interface ConformanceOptions {
  readonly driver: AnyDriver;
  /** The artifact of each kind of plugin. Kinds whose cases are all skipped are never asked for. */
  readonly artifact: (kind: ArtifactKind) => unknown;
  /** What this driver cannot show, and why. A skip that names no case is an error. */
  readonly skips?: readonly Skip[];
  /** Functions that the plugin's language cannot have, as `values.echo-map`; cases about them need a skip. Default none. */
  readonly without?: readonly string[];
  /** Of the suite; default the boundary's name. */
  readonly title?: string;
  /** Where plugins run, for a driver that has a choice. Default the one that it takes by itself. */
  readonly isolation?: IsolationChoice;
  /** Runs the plugins, which nobody trusts and which are granted nothing, in a sandbox of the operating system. */
  readonly sandbox?: ConformanceSandbox;
}

export interface ConformanceSandbox {
  /** The plugins' own folder, which they see. */
  readonly folder: string;
  readonly hasSandbox: NonNullable<DecideInput["hasSandbox"]>;
}

/** All cases, in the order in which they run. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...valueCases,
  ...callCases,
  ...failureCases,
  ...outputCases,
  ...lifecycleCases,
];

const CASE_TIMEOUT_MS = 60_000;

/** Registers the suite; call it at the top level of a test file. */
export function runConformance(options: ConformanceOptions): void {
  const { driver, skips = [] } = options;
  describe(`conformance of ${options.title ?? driver.boundary}`, () => {
    const traits = traitsFor(driver, { isolation: options.isolation });
    const bench = new Bench(options, traits);
    after(() => bench.close());
    for (const one of CONFORMANCE_CASES) {
      const reason = skips.find((skip) => covers(skip, one))?.reason ?? one.exempt?.(traits);
      test(one.name, { skip: reason ?? false, timeout: CASE_TIMEOUT_MS }, () => bench.run(one));
    }
    test("every skip names a case and gives a reason", () => {
      for (const skip of skips) {
        assert.ok(
          CONFORMANCE_CASES.some((one) => covers(skip, one)),
          `no case is named ${skip.case}`,
        );
        assert.ok(skip.reason.length > 10, `${skip.case} is skipped without a reason`);
      }
    });
  });
}

function covers(skip: Skip, { name }: ConformanceCase): boolean {
  return skip.case.endsWith("/*") ? name.startsWith(skip.case.slice(0, -1)) : skip.case === name;
}

/** Opens the plugins that cases ask for, and closes them. */
class Bench {
  readonly #options: ConformanceOptions;
  readonly #traits: DriverTraits;
  #shared: Promise<Loaded> | undefined;
  #hosts: Host[] = [];

  constructor(options: ConformanceOptions, traits: DriverTraits) {
    this.#options = options;
    this.#traits = traits;
  }

  async run(one: ConformanceCase): Promise<void> {
    const before = this.#hosts;
    this.#hosts = [];
    const tools: CaseTools = {
      traits: this.#traits,
      shared: () => this.#sharedPlugin(before),
      fresh: (options) => this.#load("conformance", options ?? {}, this.#hosts),
      refused: (kind, options) => this.#refused(kind, options ?? {}),
    };
    try {
      await one.run(tools);
    } finally {
      await Promise.all(this.#hosts.map((host) => host.close()));
      this.#hosts = before;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  async #sharedPlugin(hosts: Host[]): Promise<ConformancePlugin> {
    const { plugin } = await (this.#shared ??= this.#load("conformance", {}, hosts));
    return plugin;
  }

  async #refused(kind: ArtifactKind, options: LoadOptions): Promise<TenonError> {
    try {
      await this.#load(kind, options, this.#hosts);
    } catch (error) {
      if (error instanceof TenonError) return error;
      throw error;
    }
    return assert.fail(`the ${kind} plugin was loaded`);
  }

  async #load(kind: ArtifactKind, options: LoadOptions, hosts: Host[]): Promise<Loaded> {
    const { driver, isolation } = this.#options;
    const logs: LogEntry[] = [];
    const events: PluginEvent[] = [];
    const notes: string[] = [];
    const host = createHost({
      drivers: [driver],
      onLog: (entry) => logs.push(entry),
      onEvent: (event) => events.push(event),
    });
    hosts.push(host);
    const artifact = this.#options.artifact(kind);
    const plugin: ConformancePlugin = await host.load(contractWithout(this.#options.without ?? []), {
      id: `${kind}-plugin`,
      boundary: driver.boundary,
      artifact: isolation === undefined ? artifact : { ...(artifact as object), isolation },
      imports: { host: hostFunctions(() => plugin, notes) },
      ...confinement(`${kind}-plugin`, driver, artifact, this.#options.sandbox),
      ...options,
    });
    return { plugin, notes, logs, events };
  }
}

function confinement(
  plugin: string,
  driver: AnyDriver,
  artifact: unknown,
  sandbox: ConformanceSandbox | undefined,
): Pick<PluginOptions<PluginImports>, "folder" | "decision"> {
  if (sandbox === undefined) return {};
  const { folder, hasSandbox } = sandbox;
  const { enforcement, takesSandbox } = traitsFor(driver, artifact);
  const what = { plugin, boundary: driver.boundary, trust: "contained", sandbox: "required" } as const;
  const decision = decide({ ...what, requests: NO_REQUESTS, enforcement, takesSandbox, hasSandbox, policies: [] });
  return { folder, decision };
}

function contractWithout(functions: readonly string[]): typeof contract {
  if (functions.length === 0) return contract;
  const exports = contract.exports.map((one) => ({
    ...one,
    functions: one.functions.filter(({ name }) => !functions.includes(`${one.key}.${name}`)),
  }));
  return { ...contract, exports };
}

/** The host side of contracts/conformance. */
function hostFunctions(plugin: () => ConformancePlugin, notes: string[]): HostFunctions<PluginImports>["host"] {
  return {
    double: (n: number) => n * 2,
    doubleLater: (n: number) => new Promise<number>((resolve) => setTimeout(resolve, 3, n * 2)),
    broken: (): number => {
      throw new Error("broken on purpose");
    },
    reenter: async (depth: number) => (depth === 0 ? 0 : (await plugin().calls.reenter(depth - 1)) + 1),
    note: (text: string) => void notes.push(text),
  };
}
