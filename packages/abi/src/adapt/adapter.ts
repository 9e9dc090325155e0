// The snapshot that a plugin was built for and the one that the host speaks -> what stands between the two on every call,
// worked out once.
import { diffSnapshots, type Snapshot, type Verdict } from "@tenon/contract/evolution";
import { TenonError } from "@tenon/contract/base";
import type { Contract } from "@tenon/contract/core";
import { buildBridge, type Bridge, type Bridged, type CallByKey } from "./bridge.ts";
import { canGenerate } from "../generate.ts";
import { compileConversion, then } from "./convert.ts";
import { generateCall, generateCallWith, type Called, type CalledWith, type CallPlans } from "./generate-call.ts";

/** One function on its way from the side that calls it to the side that has it, or has not. */
export type AdaptedFunction = RoutedFunction | EmulatedFunction;

export interface RoutedFunction {
  /** Its key on the side that has it. */
  readonly target: string;
  /** undefined where arguments and result stay what they are: then nothing has to stand between. */
  readonly args: ((args: readonly unknown[]) => unknown[]) | undefined;
  readonly result: ((value: unknown) => unknown) | undefined;
  /**
   * The target -> the function as the caller knows it, both conversions in one; the target itself where nothing converts. Its
   * answer may come later. What the target throws passes through.
   */
  readonly around: (target: Called) => Called;
  /** The same for a way to call the target that is given more than arguments. */
  readonly aroundWith: <C>(target: CalledWith<C>) => CalledWith<C>;
}

/** A migration answers in place of a function that the other side does not have. */
export interface EmulatedFunction {
  readonly emulate: (args: readonly unknown[], call: CallByKey) => unknown;
}

export interface ContractAdapter {
  readonly verdict: Exclude<Verdict, "incompatible">;
  /** What the plugin is opened with: it speaks this contract. */
  readonly plugin: Contract;
  /** What the host's code sees. */
  readonly host: Contract;
  /** By `functionKey` of the host's exports; a function that is not here is one that the plugin may lack, and does. */
  readonly exports: ReadonlyMap<string, AdaptedFunction>;
  /** By `functionKey` of the plugin's imports. */
  readonly imports: ReadonlyMap<string, AdaptedFunction>;
}

export interface AdapterOptions {
  /** False forces closures; default is generated code wherever the engine allows it. Both behave the same. */
  readonly codegen?: boolean;
}

/** By rule alone. Throws `contract-mismatch` with the changes that no rule bridges as notes. */
export function createAdapter(plugin: Snapshot, host: Snapshot, options: AdapterOptions = {}): ContractAdapter {
  const { verdict, findings } = diffSnapshots(plugin, host);
  if (verdict === "incompatible") {
    const broken = findings.filter(({ conversion }) => conversion === "incompatible");
    throw mismatch(
      plugin,
      host,
      broken.map(({ rule, path, how }) => `${rule} ${path}: ${how}`),
    );
  }
  const { bridge, problems } = buildBridge(plugin, host);
  if (problems.length > 0) throw mismatch(plugin, host, problems);
  return compileAdapter({ plugin, host, verdict, bridge }, options);
}

export interface AdapterParts {
  readonly plugin: Snapshot;
  readonly host: Snapshot;
  readonly verdict: ContractAdapter["verdict"];
  readonly bridge: Bridge;
}

export function compileAdapter(
  { plugin, host, verdict, bridge }: AdapterParts,
  options: AdapterOptions,
): ContractAdapter {
  const compiled = (functions: ReadonlyMap<string, Bridged>): Map<string, AdaptedFunction> =>
    new Map([...functions].map(([key, one]) => [key, compileFunction(key, one, options)]));
  return {
    verdict,
    plugin: plugin.contract,
    host: host.contract,
    exports: compiled(bridge.exports),
    imports: compiled(bridge.imports),
  };
}

function compileFunction(key: string, bridged: Bridged, { codegen = true }: AdapterOptions): AdaptedFunction {
  if ("emulate" in bridged) return bridged;
  const { target, args, result, sent } = bridged;
  if (args === undefined && result === undefined) return { target, ...UNCHANGED };
  const convertArgs = compileConversion(args, { path: "", sent: sent.args, codegen });
  const convertResult = compileConversion(result, { path: `${key} -> result`, sent: sent.result, codegen });
  const plans = { arity: sent.args.length, args, result, convertArgs, convertResult };
  return {
    target,
    // The plan of arguments makes an array of an array.
    args: convertArgs as RoutedFunction["args"],
    result: convertResult,
    ...(codegen && canGenerate ? generatedCalls(plans) : calls(plans)),
  };
}

/** So many targets of a function have code around them of their own; it takes some 40 us and 3 KB each. */
const OWN_CODE = 32;

/** Each is generated when it is needed first. */
function generatedCalls(plans: CallPlans): Pick<RoutedFunction, "around" | "aroundWith"> {
  let count = 0;
  let shared: RoutedFunction["around"] | undefined;
  let aroundWith: RoutedFunction["aroundWith"] | undefined;
  return {
    // What the engine learns of one target, it can use for no other: code that is shared inlines nothing.
    around: (own) => (count++ < OWN_CODE ? generateCall(plans) : (shared ??= generateCall(plans)))(own),
    aroundWith: (own) => (aroundWith ??= generateCallWith(plans))(own),
  };
}

function calls({ convertArgs, convertResult }: CallPlans): Pick<RoutedFunction, "around" | "aroundWith"> {
  const into = (given: readonly unknown[]): readonly unknown[] => (convertArgs?.(given) ?? given) as unknown[];
  return {
    around:
      (own) =>
      (...given) =>
        then(own(...into(given)), convertResult),
    aroundWith: (own) => (given, context) => then(own(into(given), context), convertResult),
  };
}

/** Where nothing converts, nothing stands between. */
export const UNCHANGED: Omit<RoutedFunction, "target"> = {
  args: undefined,
  result: undefined,
  around: (own) => own,
  aroundWith: (own) => own,
};

/** `notes` says what cannot be bridged, one line each. */
export function mismatch(plugin: Snapshot, host: Snapshot, notes: readonly string[]): TenonError {
  const more = notes.length > 1 ? `, and ${notes.length - 1} more` : "";
  const what = `a plugin built for ${plugin.contract.id} cannot run in a host of ${host.contract.id} (${notes[0] ?? ""}${more})`;
  return new TenonError("contract-mismatch", what, {
    hint: "take a version of the plugin that was built for the host's contract, or a host that speaks the plugin's",
    notes,
    sideEffects: "none",
  });
}
