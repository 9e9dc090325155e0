// Fields of WIT types -> proto messages. Types without a name become messages inside of the one that uses them.
import { TenonError } from "../errors.ts";
import { resolveAlias, typeDef } from "../from-resolve.ts";
import type { Docs, Resolve, TypeDefKind, TypeRef } from "../ir.ts";
import { PROTO_SCALARS, protoField, protoType } from "../proto-names.ts";
import type { ProtoPlace } from "../proto-names.ts";
import { protoComment } from "./proto-comment.ts";

export interface ProtoFieldDef {
  readonly name: string;
  readonly type: TypeRef;
  readonly docs?: Docs | undefined;
  /** For the element of a stream that a request may leave out. */
  readonly isOptional?: boolean;
}

interface PrinterOptions {
  readonly resolve: Resolve;
  readonly place: ProtoPlace;
  readonly placeOf: (type: number) => ProtoPlace;
  /** The types that the file declares itself. */
  readonly types: readonly number[];
}

const MAP_KEYS: ReadonlySet<string> = new Set(["bool", "uint32", "sint32", "uint64", "sint64", "string"]);
const EMPTY_FILE = "google/protobuf/empty.proto";

/** How a field is written, and the messages that have to stand before it. */
interface FieldText {
  readonly type: string;
  readonly nested: string;
}

export class ProtoMessagePrinter {
  readonly resolve: Resolve;
  /** Files that what was printed so far needs. */
  readonly imports: Set<string> = new Set();
  readonly #options: PrinterOptions;
  readonly #taken: Set<string>;
  /** The names inside of the messages that are being printed, the innermost last. */
  readonly #scopes: Set<string>[] = [];

  constructor(options: PrinterOptions) {
    this.resolve = options.resolve;
    this.#options = options;
    const names = options.types.flatMap((index) => typeDef(options.resolve, index).name ?? []);
    this.#taken = new Set([...names.map(protoType), options.place.service]);
  }

  /** A name that no type of the file has; `name` itself where it is free. */
  free(name: string): string {
    let free = name;
    while (this.#taken.has(free)) free += "_";
    this.#taken.add(free);
    return free;
  }

  /** Throws boundary-unsupported. */
  refuse(what: string): never {
    throw new TenonError("boundary-unsupported", `${what} has no protobuf form`, {
      hint: "change the contract, or choose a boundary that carries it",
      sideEffects: "none",
    });
  }

  /** What stands behind a reference: a primitive's name or the kind of a type. */
  kindOf(ref: TypeRef): Exclude<TypeDefKind, string> | string {
    const target = resolveAlias(this.resolve, ref);
    return typeof target === "number" ? typeDef(this.resolve, target).kind : target;
  }

  /** The element of a stream, or the type itself. */
  streamed(
    ref: TypeRef,
    isParam: boolean,
  ): { readonly type: TypeRef; readonly isStream: boolean; readonly isOptional: boolean } {
    const kind = this.kindOf(ref);
    if (typeof kind === "string" || !("stream" in kind)) return { type: ref, isStream: false, isOptional: false };
    if (kind.stream === null) return this.refuse("a stream without elements");
    return { type: kind.stream, isStream: true, isOptional: isParam };
  }

  message(name: string, fields: readonly ProtoFieldDef[], by = ""): string {
    return this.#inside(() => this.#message(name, fields, by));
  }

  #message(name: string, fields: readonly ProtoFieldDef[], by: string): string {
    const inner = `${by}  `;
    const lines = fields.map((field, index) => {
      const { type, nested } = this.#field(field, inner);
      return `${nested}${protoComment(field.docs, inner)}${inner}${type} ${protoField(field.name)} = ${index + 1};\n`;
    });
    return lines.length === 0 ? `${by}message ${name} {}\n` : `${by}message ${name} {\n${lines.join("")}${by}}\n`;
  }

  /** A message of one oneof: a variant or a result. Cases without a payload hold `google.protobuf.Empty`. */
  oneof(
    name: string,
    label: string,
    cases: readonly { readonly name: string; readonly type: TypeRef | null; readonly docs?: Docs | undefined }[],
    by = "",
  ): string {
    return this.#inside(() => this.#oneof(name, label, cases, by));
  }

  #oneof(
    name: string,
    label: string,
    cases: readonly { readonly name: string; readonly type: TypeRef | null; readonly docs?: Docs | undefined }[],
    by: string,
  ): string {
    const inner = `${by}  `;
    const nested: string[] = [];
    const lines = cases.map((one, index) => {
      const text = one.type === null ? { type: this.#empty(), nested: "" } : this.#plain(one.name, one.type, inner);
      nested.push(text.nested);
      return `${protoComment(one.docs, `${inner}  `)}${inner}  ${text.type} ${protoField(one.name)} = ${index + 1};\n`;
    });
    const names = new Set(cases.map((one) => protoField(one.name)));
    let title = label;
    while (names.has(title)) title += "_";
    return `${by}message ${name} {\n${nested.join("")}${inner}oneof ${title} {\n${lines.join("")}${inner}}\n${by}}\n`;
  }

  #inside(print: () => string): string {
    this.#scopes.push(new Set());
    try {
      return print();
    } finally {
      this.#scopes.pop();
    }
  }

  /** A name for a message inside of the present one: none of its siblings has it, and it hides no type of the file. */
  #nested(name: string): string {
    const siblings = this.#scopes.at(-1) as Set<string>;
    let free = name;
    while (this.#taken.has(free) || siblings.has(free)) free += "_";
    siblings.add(free);
    return free;
  }

  #empty(): string {
    this.imports.add(EMPTY_FILE);
    return ".google.protobuf.Empty";
  }

  #field(field: ProtoFieldDef, by: string): FieldText {
    if (field.isOptional === true) return this.#optional(field.name, field.type, by);
    const kind = this.kindOf(field.type);
    if (typeof kind === "object") {
      if ("option" in kind) return this.#optional(field.name, kind.option, by);
      if ("map" in kind) return this.#map(field.name, kind.map, by);
      const element =
        "list" in kind ? kind.list : "fixed-length-list" in kind ? kind["fixed-length-list"][0] : undefined;
      if (element !== undefined && this.kindOf(element) !== "u8") {
        const { type, nested } = this.#plain(field.name, element, by);
        return { type: `repeated ${type}`, nested };
      }
    }
    return this.#plain(field.name, field.type, by);
  }

  #optional(name: string, item: TypeRef, by: string): FieldText {
    const { type, nested } = this.#plain(name, item, by);
    return { type: `optional ${type}`, nested };
  }

  #map(name: string, [key, value]: readonly [TypeRef, TypeRef], by: string): FieldText {
    const keyText = this.#plain(`${name}-key`, key, by);
    if (MAP_KEYS.has(keyText.type)) {
      const { type, nested } = this.#plain(name, value, by);
      return { type: `map<${keyText.type}, ${type}>`, nested };
    }
    // The same bytes: a map is a repeated message of key and value on the wire.
    const title = this.#nested(`${protoType(name)}Entry`);
    const nested = this.message(
      title,
      [
        { name: "key", type: key },
        { name: "value", type: value },
      ],
      by,
    );
    return { type: `repeated ${title}`, nested };
  }

  /** A type that holds exactly one value, as the element of a list or a case of a oneof needs it. */
  #plain(name: string, ref: TypeRef, by: string): FieldText {
    const target = resolveAlias(this.resolve, ref);
    if (typeof target !== "number") return { type: PROTO_SCALARS[target], nested: "" };
    const { kind, name: label } = typeDef(this.resolve, target);
    if (typeof kind === "string" || "handle" in kind) return this.refuse("a resource");
    if ("future" in kind || "stream" in kind) return this.refuse("a future or stream inside of a value");
    const isNamed = "record" in kind || "variant" in kind || "enum" in kind || "flags" in kind;
    if (isNamed && label !== null) return { type: this.#reference(target, label), nested: "" };
    const wrap = (suffix: string, print: (title: string) => string): FieldText => {
      const title = this.#nested(`${protoType(name)}${suffix}`);
      return { type: title, nested: print(title) };
    };
    if ("tuple" in kind) {
      const items = kind.tuple.types.map((type, index) => ({ name: `item${index + 1}`, type }));
      return wrap("Tuple", (title) => this.message(title, items, by));
    }
    if ("result" in kind) {
      const cases = [
        { name: "ok", type: kind.result.ok },
        { name: "err", type: kind.result.err },
      ];
      return wrap("Result", (title) => this.oneof(title, "result", cases, by));
    }
    const element = "list" in kind ? kind.list : "fixed-length-list" in kind ? kind["fixed-length-list"][0] : undefined;
    if (element !== undefined && this.kindOf(element) === "u8") return { type: "bytes", nested: "" };
    const suffix = "option" in kind ? "Option" : "map" in kind ? "Map" : "List";
    return wrap(suffix, (title) => this.message(title, [{ name: "value", type: target }], by));
  }

  #reference(index: number, label: string): string {
    const place = this.#options.placeOf(index);
    if (place.package === this.#options.place.package) return protoType(label);
    this.imports.add(`${place.package.replaceAll(".", "/")}.proto`);
    return `.${place.package}.${protoType(label)}`;
  }
}
