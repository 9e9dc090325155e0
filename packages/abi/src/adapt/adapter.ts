// The snapshot that a plugin was built for and the one that the host speaks -> what stands between the two on every call,
// worked out once.
import {
  createSameType,
  diffSnapshots,
  functionKey,
  interfaceKey,
  matchMembers,
  notesOf,
  type Snapshot,
  type Verdict,
} from "@tenon/contract/evolution";
import { TenonError } from "@tenon/contract/base";
import type { Contract, ContractFunction, ContractInterface, Field } from "@tenon/contract/core";
import { CoercionCompiler, converted, type Coercion } from "./coercion.ts";

/** One function on its way from the side that calls it to the side that has it. */
export interface AdaptedFunction {
  /** Its key on the side that has it. */
  readonly target: string;
  /** undefined where arguments and result stay what they are: then nothing has to stand between. */
  readonly args: ((args: readonly unknown[]) => unknown[]) | undefined;
  readonly result: ((value: unknown) => unknown) | undefined;
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

/**
 * Throws `contract-mismatch` with the changes that cannot be bridged as notes. Contracts with resources are adapted where
 * nothing changed only.
 */
export function createAdapter(plugin: Snapshot, host: Snapshot): ContractAdapter {
  const { verdict, findings } = diffSnapshots(plugin, host);
  const notes = findings
    .filter(({ conversion }) => conversion === "incompatible")
    .map(({ rule, path, how }) => `${rule} ${path}: ${how}`);
  if (verdict === "incompatible") throw refusal(plugin, host, notes);
  const all = [plugin, host].flatMap(({ contract }) => [...contract.exports, ...contract.imports]);
  if (verdict !== "exact" && all.some(({ resources }) => resources.length > 0))
    throw refusal(plugin, host, ["the contract has resources, which are not adapted"]);
  const same = createSameType();
  const compiler = (sent: Snapshot, wanted: Snapshot): CoercionCompiler =>
    new CoercionCompiler({
      same,
      sent: (type, label) => notesOf(sent, type, label),
      wanted: (type, label) => notesOf(wanted, type, label),
    });
  const [into, out] = [compiler(host, plugin), compiler(plugin, host)];
  return {
    verdict,
    plugin: plugin.contract,
    host: host.contract,
    exports: adapted([host, host.contract.exports], [plugin, plugin.contract.exports], into, out),
    imports: adapted([plugin, plugin.contract.imports], [host, host.contract.imports], out, into),
  };
}

function refusal(plugin: Snapshot, host: Snapshot, notes: readonly string[]): TenonError {
  const more = notes.length > 1 ? `, and ${notes.length - 1} more` : "";
  const what = `a plugin built for ${plugin.contract.id} cannot run in a host of ${host.contract.id} (${notes[0] ?? ""}${more})`;
  return new TenonError("contract-mismatch", what, {
    hint: "take a version of the plugin that was built for the host's contract, or a host that speaks the plugin's",
    notes,
    sideEffects: "none",
  });
}

type Side = readonly [snapshot: Snapshot, interfaces: readonly ContractInterface[]];

/** Every function of the calling side that the other side has. */
function adapted(
  [calling, callers]: Side,
  [called, targets]: Side,
  args: CoercionCompiler,
  results: CoercionCompiler,
): Map<string, AdaptedFunction> {
  const found = new Map<string, AdaptedFunction>();
  const renamed =
    (snapshot: Snapshot, { id }: ContractInterface) =>
    ({ name }: ContractFunction) => ({
      name,
      renamedFrom: snapshot.items.get(functionKey(id, name))?.notes.renamedFrom,
    });
  for (const one of callers) {
    const other = targets.find(({ id }) => interfaceKey(id) === interfaceKey(one.id));
    if (other === undefined) continue;
    const match = matchMembers(one.functions.map(renamed(calling, one)), other.functions.map(renamed(called, other)));
    for (const { a, b } of match.pairs) {
      const [from, to] = [one.functions[a] as ContractFunction, other.functions[b] as ContractFunction];
      const key = functionKey(one.id, from.name);
      const result = results.compileOptional(to.result, from.result);
      found.set(key, {
        target: functionKey(other.id, to.name),
        args: adaptedArguments(from.params, to.params, args),
        result: result && ((value) => converted(result, value, `${key} -> result`)),
      });
    }
  }
  return found;
}

function adaptedArguments(
  from: readonly Field[],
  to: readonly Field[],
  compiler: CoercionCompiler,
): AdaptedFunction["args"] {
  const match = matchMembers(from, to);
  const sources = new Map(match.pairs.map(({ a, b }) => [b, a]));
  // A parameter whose name changed is where it was.
  for (const index of match.added) if (match.deleted.includes(index)) sources.set(index, index);
  const steps = to.map(({ name, type }, index) => {
    const at = sources.get(index);
    const convert: Coercion | undefined = compiler.compileOptional(at === undefined ? undefined : from[at]?.type, type);
    return { at, convert, name };
  });
  const isPlain =
    from.length === to.length && steps.every(({ at, convert }, index) => at === index && convert === undefined);
  if (isPlain) return undefined;
  return (args) =>
    steps.map(({ at, convert, name }) => {
      const value = at === undefined ? undefined : args[at];
      return convert === undefined ? value : converted(convert, value, name);
    });
}
