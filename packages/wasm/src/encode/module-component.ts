// A contract and one core module that keeps its canonical names -> a component, as `wasm-tools component new` makes one.
import { partsOf, TenonError } from "@tenon/contract/core";
import type { Contract, ContractInterface, ValueType } from "@tenon/contract/core";
import { section, text, uleb, vec } from "../binary/encode.ts";
import type { Bytes } from "../binary/encode.ts";
import { decodeCoreModule } from "../core/module.ts";
import type { CoreModule } from "../core/module.ts";
import type { CoreType } from "../core/types.ts";
import { ComponentEncoder } from "./component-encoder.ts";
import type { CanonOptions } from "./component-encoder.ts";
import { exportInterface, importInterface } from "./contract-component.ts";
import type { ResourceTypes } from "./contract-component.ts";
import { checkExports } from "./module-contract.ts";

interface UsedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: Bytes;
}

const CORE_HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const NUMBERS: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
/** Where functions of the world itself are imported from. */
const ROOT = "$root";
const TABLE = "imports";
const SHIM = "shim";

/**
 * `main` imports `<interface>.<function>` and exports `memory`, `<interface>#<function>` and, where it wants them,
 * `cabi_realloc` and `cabi_post_<interface>#<function>`. Its imports need its own memory, which is there only after it: it gets
 * functions that call through a table, and the table is filled afterwards.
 * Throws `boundary-unsupported` as `componentOf` does and for imports that the contract does not have, `artifact-invalid`
 * for what is no core module, `function-missing` for exports that it lacks.
 */
export function moduleComponent(contract: Contract, main: Uint8Array): Uint8Array {
  const module = decodeCoreModule(main);
  checkExports(contract, module);
  const used = importsOf(module);
  const encoder = new ComponentEncoder();
  const shim = encoder.coreInstance(encoder.coreModule(shimModule(used)));
  const args = bags(used, (func) => encoder.coreAlias("func", shim, String(used.indexOf(func))), encoder);
  const instance = encoder.coreInstance(encoder.coreModule(main), args);
  const memory = encoder.coreAlias("memory", instance, "memory");
  const hasRealloc = module.exports.has("cabi_realloc");
  const options: CanonOptions = {
    memory,
    ...(hasRealloc && { realloc: encoder.coreAlias("func", instance, "cabi_realloc") }),
  };
  const lowered: Record<string, number> = { [SHIM]: shim };
  const known: ResourceTypes = new Map();
  for (const id of inOrder(contract, Object.keys(args))) {
    const made = importUsed({ encoder, contract, used, options, known }, id);
    if (Object.hasOwn(args, id)) lowered[id] = made;
  }
  encoder.coreInstance(encoder.coreModule(fillModule(used)), lowered);
  const postReturns = [...module.exports.keys()].flatMap((name) => /^cabi_post_(.*)$/.exec(name)?.[1] ?? []);
  for (const one of contract.exports) exportInterface(encoder, one, { main: instance, options, postReturns, known });
  return encoder.finish();
}

function importsOf({ imports }: CoreModule): readonly UsedFunction[] {
  return imports.map(({ module, name, type }) => {
    if (type.kind !== "func") throw unsupported(`the ${type.kind} ${module}.${name}`);
    return { module, name, type: typeBytes(type.type) };
  });
}

/** One instance per module that is imported from, of functions that `index` finds. */
function bags(
  used: readonly UsedFunction[],
  index: (func: UsedFunction) => number,
  encoder: ComponentEncoder,
): Record<string, number> {
  const made: Record<string, number> = {};
  for (const id of new Set(used.map(({ module }) => module))) {
    const funcs = used.filter(({ module }) => module === id);
    made[id] = encoder.coreBag(Object.fromEntries(funcs.map((func) => [func.name, ["func", index(func)] as const])));
  }
  return made;
}

interface Importing {
  readonly encoder: ComponentEncoder;
  readonly contract: Contract;
  readonly used: readonly UsedFunction[];
  readonly options: CanonOptions;
  readonly known: ResourceTypes;
}

const DROP = "[resource-drop]";

function importUsed({ encoder, contract, used, options, known }: Importing, id: string): number {
  const wanted = used.filter(({ module }) => module === id).map(({ name }) => name);
  const owner = ownerOf(contract, id);
  const drops = wanted.filter((name) => name.startsWith(DROP)).map((name) => name.slice(DROP.length));
  const missing = wanted.find((name) =>
    name.startsWith(DROP)
      ? owner?.resources.includes(name.slice(DROP.length)) !== true
      : (owner?.functions.every((func) => func.name !== name) ?? true),
  );
  if (owner === undefined || missing !== undefined)
    throw unsupported(`${id}.${missing}, which the contract does not have`);
  const functions = owner.functions.filter(({ name }) => wanted.includes(name));
  return importInterface(encoder, { ...owner, functions }, options, { known, drops });
}

/** The interfaces, and before each those whose resources it mentions; WIT has no circles. */
function inOrder(contract: Contract, ids: readonly string[]): ReadonlySet<string> {
  const order = new Set<string>();
  const add = (id: string): void => {
    if (order.has(id)) return;
    const types = ownerOf(contract, id)?.functions.flatMap(({ params, result }) => [
      ...params.map(({ type }) => type),
      ...(result === undefined ? [] : [result]),
    ]);
    for (const owner of handleOwners(types ?? [])) if (owner !== id) add(owner);
    order.add(id);
  };
  for (const id of ids) add(id);
  return order;
}

/** The ids of the interfaces whose resources are mentioned. */
function handleOwners(types: readonly ValueType[]): readonly string[] {
  return types.flatMap((type) => {
    if (type.kind === "own" || type.kind === "borrow") return [type.resource.slice(0, type.resource.lastIndexOf("#"))];
    return handleOwners(partsOf(type));
  });
}

function ownerOf(contract: Contract, id: string): ContractInterface | undefined {
  return contract.imports.find((one) => one.id === (id === ROOT ? "" : id));
}

/** `0`, `1`, ...: each calls through the table at its own number. */
function shimModule(used: readonly UsedFunction[]): Uint8Array {
  const count = uleb(used.length);
  const bodies = used.map(({ type }, index) => {
    const params = type[1] ?? 0;
    const gets = Array.from({ length: params }, (_, local) => [0x20, ...uleb(local)]).flat();
    const code = [0x00, ...gets, 0x41, ...signed(index), 0x11, ...uleb(index), 0x00, 0x0b];
    return [...uleb(code.length), ...code];
  });
  const exported = used.map((_, index) => [...text(String(index)), 0x00, ...uleb(index)]);
  return coreBytes(
    section(1, vec(used.map(({ type }) => type))),
    section(3, vec(used.map((_, index) => uleb(index)))),
    section(4, [0x01, 0x70, 0x01, ...count, ...count]),
    section(7, vec([...exported, [...text(TABLE), 0x01, 0x00]])),
    section(10, vec(bodies)),
  );
}

/** Puts the real functions into the table. */
function fillModule(used: readonly UsedFunction[]): Uint8Array {
  const count = uleb(used.length);
  const imports = used.map(({ module, name }, index) => [...text(module), ...text(name), 0x00, ...uleb(index)]);
  const table = [...text(SHIM), ...text(TABLE), 0x01, 0x70, 0x01, ...count, ...count];
  return coreBytes(
    section(1, vec(used.map(({ type }) => type))),
    section(2, vec([...imports, table])),
    section(9, [0x01, 0x00, 0x41, 0x00, 0x0b, ...vec(used.map((_, index) => uleb(index)))]),
  );
}

function typeBytes({ params, results }: CoreType): Bytes {
  const numbers = (types: readonly string[]): Bytes =>
    vec(types.map((type) => [NUMBERS[type] ?? raise(unsupported(`the type ${type}`))]));
  return [0x60, ...numbers(params), ...numbers(results)];
}

/** A small number that is not negative as signed LEB128. */
function signed(value: number): Bytes {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, value >> 7];
}

function coreBytes(...sections: readonly Bytes[]): Uint8Array {
  return Uint8Array.from([...CORE_HEADER, ...sections.flat()]);
}

function unsupported(what: string): TenonError {
  return new TenonError("boundary-unsupported", `the encoder does not write ${what}`, {
    hint: "build the module without it",
    sideEffects: "none",
  });
}

function raise(error: TenonError): never {
  throw error;
}
