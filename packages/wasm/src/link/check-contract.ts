// A component's world against the host's contract: does each side have all that the other one needs, and where not.
import { TenonError, splitId } from "@tenon/contract/core";
import type { ContractFunction, Field, ValueType } from "@tenon/contract/core";
import { formatType } from "@tenon/abi";
import type { PlanInterface, PlanWorld } from "./plan.ts";

/**
 * Whether an interface of id `given` can stand for `wanted`: the same name, and versions that semver calls compatible
 * (equal major; equal minor below 1.0; equal patch below 0.1), which is what components spell as a canonical version.
 */
export function isSameInterface(given: string, wanted: string): boolean {
  if (given === wanted) return true;
  const [a, b] = [splitId(given), splitId(wanted)];
  if (a.pkg !== b.pkg || a.name !== b.name || a.pkg === "") return false;
  return a.version !== "" && b.version !== "" && compatibleVersion(a.version) === compatibleVersion(b.version);
}

/** `1.2.3` -> `1`, `0.2.6-rc.1` -> `0.2`, `0.0.3` -> `0.0.3`; a canonical version stays itself. */
function compatibleVersion(version: string): string {
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  const [, major = "0", minor = "0", patch = "0"] = match ?? [];
  if (version.includes("-")) return version;
  if (major !== "0") return major;
  return minor !== "0" ? `0.${minor}` : `0.0.${patch}`;
}

export interface ContractCheck {
  /** Whether an import is supplied by something else than the contract's host functions, such as WASI. */
  readonly isSuppliedElsewhere?: (id: string) => boolean;
}

/**
 * `component` is a plan's world, `host` a contract. Throws `contract-mismatch`, naming the exact path, unless the component exports all that the contract's exports ask
 * for and imports no more than the contract's imports offer, with the same types.
 */
export function checkContract(component: PlanWorld, host: PlanWorld, check: ContractCheck = {}): void {
  for (const wanted of host.exports) {
    const given = component.exports.find((one) => isSameInterface(one.id, wanted.id));
    if (given === undefined) throw mismatch(`does not export the interface ${show(wanted)}`);
    checkInterface(given, wanted, "export");
  }
  for (const wanted of component.imports) {
    if (check.isSuppliedElsewhere?.(wanted.id) === true) continue;
    const given = host.imports.find((one) => isSameInterface(one.id, wanted.id));
    if (given === undefined) throw mismatch(`imports the interface ${show(wanted)}, which the host does not offer`);
    checkInterface(given, wanted, "import");
  }
}

function show({ id }: PlanInterface): string {
  return id === "" ? "of the world itself" : id;
}

function mismatch(what: string): TenonError {
  return new TenonError("contract-mismatch", `the component ${what}`, { sideEffects: "none" });
}

/** Everything in `wanted` must be in `given`, with equal types. */
export function checkInterface(given: PlanInterface, wanted: PlanInterface, side: "import" | "export"): void {
  const place = (name: string): string => (wanted.id === "" ? name : `${wanted.id}.${name}`);
  const missing = (name: string, what: string): TenonError =>
    mismatch(
      side === "export"
        ? `does not export the ${what} ${place(name)}`
        : `imports the ${what} ${place(name)}, which the host does not offer`,
    );
  for (const name of wanted.resources) if (!given.resources.includes(name)) throw missing(name, "resource");
  for (const func of wanted.functions) {
    const other = given.functions.find((one) => one.name === func.name);
    if (other === undefined) throw missing(func.name, "function");
    const why = functionMisfit(other, func);
    if (why === undefined) continue;
    const [ours, theirs] =
      side === "export" ? ["the contract has", "the component has"] : ["the component has", "the host has"];
    throw mismatch(`and the contract differ in ${place(func.name)}: ${why(ours, theirs)}`);
  }
}

type Misfit = (wanted: string, given: string) => string;

function functionMisfit(given: ContractFunction, wanted: ContractFunction): Misfit | undefined {
  if (given.isAsync !== wanted.isAsync) {
    const word = (isAsync: boolean): string => (isAsync ? "an async function" : "a synchronous function");
    return (ours, theirs) => `${ours} ${word(wanted.isAsync)}, ${theirs} ${word(given.isAsync)}`;
  }
  const count = given.params.length;
  if (count !== wanted.params.length)
    return (ours, theirs) => `${ours} ${wanted.params.length} parameters, ${theirs} ${count}`;
  for (const [index, param] of wanted.params.entries()) {
    const other = given.params[index] as Field;
    if (other.name !== param.name) {
      return (ours, theirs) => `${ours} parameter ${index + 1} named ${param.name}, ${theirs} ${other.name}`;
    }
    const why = typeMisfit(other.type, param.type, param.name);
    if (why !== undefined) return why;
  }
  return typeMisfit(given.result, wanted.result, "result");
}

/** The first place where two types differ; `undefined` types are results that are not there. */
function typeMisfit(given: ValueType | undefined, wanted: ValueType | undefined, path: string): Misfit | undefined {
  if (given === wanted) return undefined;
  const differ: Misfit = (ours, theirs) => `${path}: ${ours} ${named(wanted)}, ${theirs} ${named(given)}`;
  if (given === undefined || wanted === undefined || given.kind !== wanted.kind) return differ;
  const labels = labelsOf(wanted);
  const others = labelsOf(given);
  if (labels.length !== others.length || labels.some((label, index) => label !== others[index])) {
    return (ours, theirs) => `${path}: ${ours} ${wanted.kind} {${labels.join(", ")}}, ${theirs} {${others.join(", ")}}`;
  }
  if (wanted.kind === "own" || wanted.kind === "borrow") {
    const other = given as typeof wanted;
    return withoutVersion(other.resource) === withoutVersion(wanted.resource) ? undefined : differ;
  }
  if (wanted.kind === "list" && wanted.length !== (given as typeof wanted).length) return differ;
  const [ours, theirs] = [partsByLabel(wanted), partsByLabel(given)];
  for (const [index, [label, part]] of ours.entries()) {
    const why = typeMisfit(theirs[index]?.[1], part, `${path}.${label}`);
    if (why !== undefined) return why;
  }
  return ours.length === theirs.length ? undefined : differ;
}

function named(type: ValueType | undefined): string {
  return type === undefined ? "nothing" : formatType(type);
}

function withoutVersion(resource: string): string {
  return resource.replace(/@[^#]*/, "");
}

function labelsOf(type: ValueType): readonly string[] {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => field.name);
    case "variant":
      return type.cases.map((one) => one.name);
    case "enum":
      return type.cases;
    case "flags":
      return type.flags;
    default:
      return [];
  }
}

function partsByLabel(type: ValueType): readonly (readonly [string, ValueType | undefined])[] {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => [field.name, field.type]);
    case "variant":
      return type.cases.map((one) => [one.name, one.type]);
    case "tuple":
      return type.items.map((item, index) => [String(index), item]);
    case "list":
      return [["element", type.element]];
    case "option":
      return [["some", type.item]];
    case "result":
      return [
        ["ok", type.ok],
        ["err", type.err],
      ];
    case "map":
      return [
        ["key", type.key],
        ["value", type.value],
      ];
    case "stream":
    case "future":
      return [["element", type.element]];
    default:
      return [];
  }
}
