// A world of a Resolve -> what plugin generators for any language need: named types in order, functions with their docs.
import {
  splitId,
  TenonError,
  type Contract,
  type ContractInterface,
  type FunctionDef,
  type PrimitiveName,
  type Resolve,
  type TypeRef,
} from "@tenon/contract";
import { indexFunctions } from "@tenon/host/driver";
import type { WorldSource } from "../contract-source.ts";

/** A type where it is used. Aliases are gone; records, variants, enums and flags are `named`. */
export type TypeModel =
  | { readonly kind: "primitive"; readonly name: PrimitiveName }
  | { readonly kind: "named"; readonly type: NamedType }
  | { readonly kind: "list"; readonly element: TypeModel; readonly length?: number }
  | { readonly kind: "map"; readonly key: TypeModel; readonly value: TypeModel }
  | { readonly kind: "option"; readonly item: TypeModel }
  | { readonly kind: "result"; readonly ok?: TypeModel; readonly err?: TypeModel }
  | { readonly kind: "tuple"; readonly items: readonly TypeModel[] };

export interface PartModel {
  /** The WIT label. */
  readonly name: string;
  readonly docs: string;
}
export interface FieldModel extends PartModel {
  readonly type: TypeModel;
}
export interface CaseModel extends PartModel {
  readonly type?: TypeModel;
}

/** `name` is a kebab-case label, unique in the plugin; `label` is the one in the WIT, and `owner` the id of its interface. */
export type NamedType = {
  readonly name: string;
  readonly label: string;
  readonly owner?: string;
  readonly docs: string;
} & (
  | { readonly kind: "record"; readonly fields: readonly FieldModel[] }
  | { readonly kind: "variant"; readonly cases: readonly CaseModel[] }
  | { readonly kind: "enum" | "flags"; readonly labels: readonly PartModel[] }
);

export interface FunctionModel {
  /** `greeter.greet`: the method of JSON-RPC. */
  readonly path: string;
  /** `greet` */
  readonly label: string;
  readonly docs: string;
  readonly params: readonly { readonly name: string; readonly type: TypeModel }[];
  readonly result?: TypeModel;
}

export interface InterfaceModel {
  /** The JavaScript key; `""` for functions of the world itself. */
  readonly key: string;
  /** The last part of the id, or the world's name. */
  readonly label: string;
  readonly docs: string;
  readonly functions: readonly FunctionModel[];
}

export interface PluginModel {
  readonly contract: Contract;
  /** Each after those it uses. */
  readonly types: readonly NamedType[];
  readonly exports: readonly InterfaceModel[];
  readonly imports: readonly InterfaceModel[];
}

/** Throws boundary-unsupported for what a scaffold cannot hold: resources, streams, futures. */
export function modelOf(source: WorldSource): PluginModel {
  const types = new TypeReader(source.resolve);
  const side = (which: "exports" | "imports"): InterfaceModel[] =>
    source.contract[which].map((one) => interfaceModel(source, which, one, types));
  const [exports, imports] = [side("exports"), side("imports")];
  return { contract: source.contract, types: types.named, exports, imports };
}

function interfaceModel(
  { resolve, world }: WorldSource,
  side: "exports" | "imports",
  owner: ContractInterface,
  types: TypeReader,
): InterfaceModel {
  const worldDef = resolve.worlds[world];
  const items = Object.entries(worldDef?.[side] ?? {});
  const own =
    owner.id === ""
      ? undefined
      : items.flatMap(([key, item]) =>
          "interface" in item && idOf(resolve, key, item.interface.id) === owner.id ? [item.interface.id] : [],
        )[0];
  const def = own === undefined ? undefined : resolve.interfaces[own];
  const found =
    def?.functions ??
    Object.fromEntries(items.flatMap(([name, item]) => ("function" in item ? [[name, item.function]] : [])));
  const label = owner.id === "" ? (worldDef?.name ?? "plugin") : splitId(owner.id).name;
  const functions = indexFunctions([owner]).map(({ path, function: func }) =>
    functionModel(path, found[func.name], func.name, types),
  );
  return { key: owner.key, label, docs: docsOf(owner.id === "" ? worldDef : def), functions };
}

/** The id under which a world has an interface: its label, or its qualified name. */
function idOf(resolve: Resolve, key: string, index: number): string {
  const def = resolve.interfaces[index];
  if (def === undefined || !key.startsWith("interface-") || def.name === null) return key;
  const [pkg = "", version] = (resolve.packages[def.package]?.name ?? "").split("@");
  return `${pkg}/${def.name}${version === undefined ? "" : `@${version}`}`;
}

function functionModel(path: string, def: FunctionDef | undefined, name: string, types: TypeReader): FunctionModel {
  if (def === undefined) throw new TenonError("internal", `the function ${path} is not in its world`);
  if (typeof def.kind !== "string") throw unsupported(`${path} belongs to a resource`);
  const params = def.params.map((param) => ({ name: param.name, type: types.read(param.type) }));
  return {
    path,
    label: name,
    docs: docsOf(def),
    params,
    ...(def.result !== undefined && { result: types.read(def.result) }),
  };
}

class TypeReader {
  readonly named: NamedType[] = [];
  readonly #resolve: Resolve;
  readonly #known = new Map<number, TypeModel>();
  readonly #names = new Set<string>();

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  read(ref: TypeRef): TypeModel {
    if (typeof ref === "string") return { kind: "primitive", name: ref };
    const known = this.#known.get(ref);
    if (known !== undefined) return known;
    const model = this.#make(ref);
    this.#known.set(ref, model);
    return model;
  }

  #make(index: number): TypeModel {
    const def = this.#resolve.types[index];
    if (def === undefined) throw new TenonError("contract-invalid", `there is no type number ${index}`);
    const { kind } = def;
    if (kind === "resource" || "handle" in kind) throw unsupported("the contract has resources");
    if ("future" in kind || "stream" in kind) throw unsupported("the contract has streams or futures");
    if ("type" in kind) return this.read(kind.type);
    if ("list" in kind) return { kind: "list", element: this.read(kind.list) };
    if ("fixed-length-list" in kind)
      return { kind: "list", element: this.read(kind["fixed-length-list"][0]), length: kind["fixed-length-list"][1] };
    if ("map" in kind) return { kind: "map", key: this.read(kind.map[0]), value: this.read(kind.map[1]) };
    if ("option" in kind) return { kind: "option", item: this.read(kind.option) };
    if ("tuple" in kind) return { kind: "tuple", items: kind.tuple.types.map((item) => this.read(item)) };
    if ("result" in kind) {
      const { ok, err } = kind.result;
      return {
        kind: "result",
        ...(ok !== null && { ok: this.read(ok) }),
        ...(err !== null && { err: this.read(err) }),
      };
    }
    const common = { docs: docsOf(def) };
    if ("record" in kind) {
      const fields = kind.record.fields.map((field) => ({
        name: field.name,
        docs: docsOf(field),
        type: this.read(field.type),
      }));
      return this.#name(index, { ...common, kind: "record", fields });
    }
    if ("variant" in kind) {
      const cases = kind.variant.cases.map(({ name, docs, type }) => ({
        name,
        docs: docs?.contents ?? "",
        ...(type !== null && { type: this.read(type) }),
      }));
      return this.#name(index, { ...common, kind: "variant", cases });
    }
    const [word, list] = "enum" in kind ? (["enum", kind.enum.cases] as const) : (["flags", kind.flags.flags] as const);
    return this.#name(index, {
      ...common,
      kind: word,
      labels: list.map((one) => ({ name: one.name, docs: docsOf(one) })),
    });
  }

  /** Two interfaces may have a type of one name; the second gets its interface's name in front. */
  #name(index: number, type: DistributiveOmit<NamedType, "name" | "label" | "owner">): TypeModel {
    const def = this.#resolve.types[index];
    const owner = def?.owner;
    const label = def?.name ?? "type";
    const prefix = owner && "interface" in owner ? this.#resolve.interfaces[owner.interface]?.name : undefined;
    let name = this.#names.has(label) ? `${prefix ?? "world"}-${label}` : label;
    for (let number = 2; this.#names.has(name); number++) name = `${label}-n${number}`;
    this.#names.add(name);
    const id =
      owner && "interface" in owner ? idOf(this.#resolve, `interface-${owner.interface}`, owner.interface) : "";
    const named = { name, label, ...(id.includes(":") && { owner: id }), ...type } as NamedType;
    this.named.push(named);
    return { kind: "named", type: named };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function docsOf(def: { readonly docs?: { readonly contents: string } } | undefined): string {
  return def?.docs?.contents.trim() ?? "";
}

function unsupported(what: string): TenonError {
  return new TenonError("boundary-unsupported", `${what}, which a scaffold cannot hold yet`, {
    hint: "write the plugin by hand with `tenon codegen` and definePlugin, behind the import boundary",
    sideEffects: "none",
  });
}
