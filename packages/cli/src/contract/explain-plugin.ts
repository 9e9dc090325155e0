// A plugin and what a host speaks -> whether the one runs in the other, by what the artifact itself says when it is opened.
import { TenonError, type TenonErrorJson } from "@tenon/contract";
import type { AdapterStep } from "@tenon/abi/adapt";
import type { Finding, Verdict } from "@tenon/contract/evolution";
import { createHost } from "@tenon/host";
import { releasesBeside } from "@tenon/registry";
import { resolve } from "node:path";
import { decisionFor } from "../call/decision.ts";
import { loadDriver } from "../call/drivers.ts";
import { hostFunctions } from "../call/host-functions.ts";
import { findTarget } from "../call/target.ts";
import { readPolicies } from "../policy/decide-artifact.ts";
import { safe } from "../safe-text.ts";
import { columns, type Paint } from "../terminal.ts";
import { readHost } from "./history.ts";

interface ContractName {
  readonly id: string;
  readonly digest: string;
}

export interface Explanation {
  readonly plugin: string;
  readonly boundary: string;
  readonly host: ContractName;
  readonly fits: boolean;
  /** What the plugin was built for, where the host knows that version. */
  readonly built: ContractName | undefined;
  readonly verdict: Verdict | undefined;
  /** From the plugin's version to the host's. */
  readonly steps: readonly AdapterStep[];
  /** Why it does not load. */
  readonly error: TenonErrorJson | undefined;
}

export interface ExplainOptions {
  readonly host: string;
  readonly boundary?: string | undefined;
  readonly world?: string | undefined;
  readonly policy: string | undefined;
  readonly project: string;
}

/** Rejects where the plugin or the contract cannot be read; a plugin that does not load is an explanation. */
export async function explainPlugin(plugin: string, options: ExplainOptions): Promise<Explanation> {
  const { contract, history } = await readHost(options.host, options);
  const policies = readPolicies(options);
  const target = await findTarget(plugin, { boundary: options.boundary, contract, policies });
  const { id, boundary, artifact, folder, limits, manifest } = target;
  const decision = await decisionFor(target, policies);
  await using host = createHost({ drivers: [await loadDriver(boundary)], contracts: "any", history: [history] });
  const imports = await hostFunctions(contract, { plugin: id, boundary });
  const releases = manifest && releasesBeside(manifest);
  const granted = decision === undefined ? {} : { decision, roots: { project: resolve(options.project) } };
  const own: ContractName = { id: contract.id, digest: contract.digest };
  const subject = { plugin: id, boundary, host: own };
  try {
    await host.load(contract, {
      id,
      boundary,
      artifact,
      folder,
      limits,
      imports,
      ...granted,
      ...(releases?.length && { releases }),
    });
  } catch (thrown) {
    const error = TenonError.from(thrown);
    return { ...subject, fits: false, built: undefined, verdict: undefined, steps: [], error: error.toJSON() };
  }
  const [use] = host.usage().contracts;
  const built = use === undefined ? own : { id: use.contract, digest: use.digest };
  const { steps } = history.judge(built.digest, own.digest);
  return { ...subject, fits: true, built, verdict: use?.verdict ?? "exact", steps, error: undefined };
}

export function explanationText(explanation: Explanation, paint: Paint): string {
  const { plugin, boundary, host, built, verdict, steps, error } = explanation;
  const name = paint.bold(`${plugin} (${boundary})`);
  if (error !== undefined) {
    const lines = [`${paint.red("x")} ${safe(error.what)}`, ...(error.notes ?? []).map((note) => `    ${safe(note)}`)];
    return `${name} does not run in a host of ${host.id}\n${lines.join("\n")}\n  ${safe(error.hint ?? "")}`;
  }
  const first = `${name} was built for ${built?.id ?? ""} and runs in a host of ${host.id}: ${verdict ?? ""}`;
  const rows = steps.flatMap(({ from, to, isMigration, verdict: step, findings }) => [
    ["", `${from} -> ${to}`, isMigration ? "by hand" : step, ""],
    ...(isMigration ? [] : findings.map(findingRow)),
  ]);
  return rows.length === 0 ? first : `${first}\n${columns(rows)}`;
}

function findingRow({ rule, path, conversion, how }: Finding): string[] {
  return ["", `  ${path}`, rule, `${conversion}: ${how}`];
}
