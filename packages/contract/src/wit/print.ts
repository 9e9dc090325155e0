// Resolve -> WIT text that resolves to the same thing.

import { TenonError } from "../errors.ts";
import type { FunctionDef, InterfaceDef, NameDef, Resolve, TypeDef, TypeRef, WorldDef, WorldItem } from "../ir.ts";
import { sameOwner } from "./linked.ts";
import { functionText, idText, kindText, prefixLines, typeAt, typeText } from "./print-types.ts";

export interface PrintOptions {
  /** Only the package itself; by default all other packages of the Resolve follow as `package ... { }` blocks. */
  readonly alone?: boolean;
}

/**
 * WIT text of a package. Worlds are written out as resolved: `include` expanded, needed imports listed.
 * With the default options `resolveWit(text, { allFeatures: true })` gives an equal Resolve (see `normalizeResolve`).
 * Throws `contract-invalid` for a Resolve with dangling references.
 */
export function printWit(resolve: Resolve, packageIndex: number, options: PrintOptions = {}): string {
  const printer = new Printer(resolve);
  printer.package(packageIndex, true);
  if (options.alone !== true) {
    resolve.packages.forEach((_, index) => {
      if (index !== packageIndex) printer.package(index, false);
    });
  }
  return printer.text();
}

class Printer {
  readonly #resolve: Resolve;
  readonly #lines: string[] = [];
  #indent = "";
  #package = 0;

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  package(index: number, isRoot: boolean): void {
    const pkg = this.#resolve.packages[index];
    if (pkg === undefined) throw damaged(`package ${index}`);
    this.#package = index;
    if (!isRoot) this.#line("");
    this.#all(prefixLines(pkg));
    const body = (): void => {
      for (const id of Object.values(pkg.interfaces)) this.#interface(this.#interfaceAt(id));
      for (const id of Object.values(pkg.worlds)) this.#world(id);
    };
    if (isRoot) {
      this.#line(`package ${packageText(pkg.name)};`);
      body();
    } else {
      this.#block(`package ${packageText(pkg.name)}`, body);
    }
  }

  #interface(iface: InterfaceDef): void {
    this.#line("");
    this.#all(prefixLines(iface));
    this.#block(`interface ${idText(iface.name ?? "")}`, () => this.#interfaceBody(iface));
  }

  #interfaceBody(iface: InterfaceDef): void {
    const functions = Object.values(iface.functions);
    this.#types(Object.values(iface.types), functions);
    for (const func of functions) if (typeof func.kind === "string") this.#function(func);
  }

  #world(id: number): void {
    const world = this.#resolve.worlds[id];
    if (world === undefined) throw damaged(`world ${id}`);
    this.#line("");
    this.#all(prefixLines(world));
    this.#block(`world ${idText(world.name)}`, () => this.#worldBody(world));
  }

  #worldBody(world: WorldDef): void {
    const imports = Object.entries(world.imports);
    for (const [key, item] of imports) if ("interface" in item) this.#extern("import", key, item);
    const functions = imports.flatMap(([, item]) => ("function" in item ? [item.function] : []));
    this.#types(
      imports.flatMap(([, item]) => ("type" in item ? [item.type] : [])),
      functions,
    );
    for (const [key, item] of imports) {
      if ("function" in item && typeof item.function.kind === "string") this.#extern("import", key, item);
    }
    for (const [key, item] of Object.entries(world.exports)) this.#extern("export", key, item);
  }

  #extern(direction: "import" | "export", key: string, item: WorldItem): void {
    if ("type" in item) throw damaged(`the exported type ${key}`);
    if ("function" in item) {
      this.#all(prefixLines(item.function));
      this.#line(`${direction} ${functionText(this.#resolve, item.function)}`);
      return;
    }
    const { id, ...annotations } = item.interface;
    const iface = this.#interfaceAt(id);
    if (iface.name === null) {
      this.#all(prefixLines({ ...annotations, docs: iface.docs, stability: iface.stability }));
      this.#block(`${direction} ${idText(key)}: interface`, () => this.#interfaceBody(iface));
      return;
    }
    this.#all(prefixLines(annotations));
    const label = key === `interface-${id}` ? "" : `${idText(key)}: `;
    this.#line(`${direction} ${label}${this.#path(iface)};`);
  }

  #path(iface: InterfaceDef): string {
    const name = idText(iface.name ?? "");
    if (iface.package === this.#package) return name;
    const [id = "", version] = (this.#resolve.packages[iface.package]?.name ?? "").split("@");
    return `${packageText(id)}/${name}${version === undefined ? "" : `@${version}`}`;
  }

  #types(ids: readonly number[], functions: readonly FunctionDef[]): void {
    const members = new Map<number, FunctionDef[]>();
    for (const func of functions) {
      const resource = typeof func.kind === "string" ? undefined : Object.values(func.kind)[0];
      if (typeof resource !== "number") continue;
      const list = members.get(resource);
      if (list === undefined) members.set(resource, [func]);
      else list.push(func);
    }
    for (const id of ids) this.#type(typeAt(this.#resolve, id), members.get(id) ?? []);
  }

  #type(def: TypeDef, members: readonly FunctionDef[]): void {
    const { kind } = def;
    const name = idText(def.name ?? "");
    this.#all(prefixLines(def));
    if (kind === "resource") {
      if (members.length === 0) this.#line(`resource ${name};`);
      else this.#block(`resource ${name}`, () => members.forEach((func) => this.#function(func)));
    } else if ("record" in kind) {
      this.#members(`record ${name}`, kind.record.fields, (field) => `: ${typeText(this.#resolve, field.type)}`);
    } else if ("variant" in kind) {
      const payload = (type: TypeRef | null): string => (type === null ? "" : `(${typeText(this.#resolve, type)})`);
      this.#members(`variant ${name}`, kind.variant.cases, (item) => payload(item.type));
    } else if ("enum" in kind) {
      this.#members(`enum ${name}`, kind.enum.cases, () => "");
    } else if ("flags" in kind) {
      this.#members(`flags ${name}`, kind.flags.flags, () => "");
    } else {
      this.#line(this.#use(def) ?? `type ${name} = ${kindText(this.#resolve, kind)};`);
    }
  }

  /** An alias of another interface's type is what `use` makes. */
  #use(def: TypeDef): string | undefined {
    if (typeof def.kind !== "object" || !("type" in def.kind) || typeof def.kind.type !== "number") return undefined;
    const target = typeAt(this.#resolve, def.kind.type);
    if (target.owner === null || sameOwner(target.owner, def.owner) || !("interface" in target.owner)) return undefined;
    const from = this.#path(this.#interfaceAt(target.owner.interface));
    const renaming = target.name === def.name ? "" : ` as ${idText(def.name ?? "")}`;
    return `use ${from}.{${idText(target.name ?? "")}${renaming}};`;
  }

  #members<T extends NameDef>(head: string, items: readonly T[], rest: (item: T) => string): void {
    if (items.length === 0) {
      this.#line(`${head} {}`);
      return;
    }
    this.#block(head, () => {
      for (const item of items) {
        this.#all(prefixLines(item));
        this.#line(`${idText(item.name)}${rest(item)},`);
      }
    });
  }

  #function(func: FunctionDef): void {
    this.#all(prefixLines(func));
    this.#line(functionText(this.#resolve, func));
  }

  #block(head: string, body: () => void): void {
    this.#line(`${head} {`);
    const outer = this.#indent;
    const start = this.#lines.length;
    this.#indent += "  ";
    body();
    this.#indent = outer;
    if (this.#lines[start] === "") this.#lines.splice(start, 1);
    this.#line("}");
  }

  #interfaceAt(id: number): InterfaceDef {
    const iface = this.#resolve.interfaces[id];
    if (iface === undefined) throw damaged(`interface ${id}`);
    return iface;
  }

  #all(lines: readonly string[]): void {
    for (const line of lines) this.#line(line);
  }

  #line(text: string): void {
    // A block comment keeps its own indentation: it is part of what the comment says.
    this.#lines.push(text === "" ? "" : this.#indent + text);
  }
}

function packageText(name: string): string {
  const [id = "", version] = name.split("@");
  const parts = id.split(":").map(idText).join(":");
  return version === undefined ? parts : `${parts}@${version}`;
}

function damaged(what: string): TenonError {
  return new TenonError("contract-invalid", `the Resolve cannot be printed: it has no ${what}`, {
    sideEffects: "none",
  });
}
