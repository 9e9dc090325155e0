// The types of a plugin model -> C structs in the order in which C needs them; what a struct looks like is up to the boundary.
import { stem, type Printed } from "./c-print.ts";
import type { NamedType, TypeModel } from "./model.ts";

/** A type that is neither a name nor a primitive. */
export type Structural = Exclude<TypeModel, { kind: "named" | "primitive" }>;

/** Collects types; each is defined before it is named. */
export abstract class CTypeTable {
  readonly #printed: Printed[] = [];
  readonly #names = new Map<string, string>();
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  /** The C type of a type without parts, and of text and bytes. */
  protected abstract scalar(type: TypeModel): string | undefined;
  protected abstract named(name: string, type: NamedType): Printed;
  protected abstract structural(name: string, type: Structural): Printed;

  get declarations(): string {
    return this.#printed.map(({ declaration }) => declaration).join("\n");
  }

  get code(): string {
    return this.#printed.map(({ code }) => code).join("\n");
  }

  /** `build_request_t`, `list_text_t`; defined before it is named. */
  name(type: TypeModel): string {
    return this.scalar(type) ?? this.compound(type);
  }

  protected compound(type: TypeModel): string {
    if (type.kind === "named")
      return this.#define(`named ${type.type.name}`, type.type.name, (name) => this.named(name, type.type));
    if (type.kind === "primitive") throw new TypeError(`${type.name} is no compound type`);
    const parts = partsOf(type);
    // `void` stands where there is no value; a part of a result may be missing.
    const inner = parts.map((part) => (part === undefined ? "void" : stem(this.name(part))));
    const long = inner.join("-");
    const label = `${type.kind}${type.kind === "tuple" ? parts.length : ""}${"length" in type ? type.length : ""}-${long.length > 40 ? "of-many" : long}`;
    return this.#define(`${type.kind} ${"length" in type ? type.length : ""} ${inner.join(" ")}`, label, (name) =>
      this.structural(name, type),
    );
  }

  #define(key: string, label: string, print: (name: string) => Printed): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const base = label.toLowerCase().replaceAll("-", "_");
    let name = `${base}_t`;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}_${number}_t`;
    this.#taken.add(name);
    this.#names.set(key, name);
    // Printing names the parts, which defines them first.
    const printed = print(name);
    this.#printed.push(printed);
    return name;
  }
}

function partsOf(type: Structural): readonly (TypeModel | undefined)[] {
  switch (type.kind) {
    case "list":
      return [type.element];
    case "map":
      return [type.key, type.value];
    case "tuple":
      return type.items;
    case "option":
      return [type.item];
    case "result":
      return [type.ok, type.err];
  }
}
