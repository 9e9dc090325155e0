// A type that is sent and a type that is wanted, of two versions of a contract -> the function that makes the one of the
// other. It agrees with what `diffSnapshots` says: `total` and `lossy` never throw, `partial` refuses what has no counterpart.
import { matchMembers, type Notes, type SameType } from "@tenon/contract/evolution";
import { TenonError, camelCase } from "@tenon/contract/base";
import type { Field, PrimitiveKind, ValueType } from "@tenon/contract/core";
import { isTaggedOption, numericArray, readerOf } from "../mapping.ts";
import { valueOfDefault } from "./default-value.ts";
import { numberCoercion } from "./number-coercion.ts";

/**
 * Takes a value that the sender's contract allows. Throws `value-invalid`. Without `path` the message names no place: joining
 * paths takes longer than converting, so only a value that was refused is converted again with it.
 */
export type Coercion = (value: unknown, path?: string) => unknown;

/** Converts, and says where if it cannot. */
export function converted(convert: Coercion, value: unknown, path: string): unknown {
  try {
    return convert(value);
  } catch (thrown) {
    convert(value, path);
    throw thrown;
  }
}

/** Looks up what the two contracts say about a label of the sent or the wanted type. */
export interface CoercionContext {
  readonly same: SameType;
  readonly sent: (type: ValueType, label: string) => Notes;
  readonly wanted: (type: ValueType, label: string) => Notes;
}

/** Every type pair once, however often it is used. */
export class CoercionCompiler {
  readonly #context: CoercionContext;
  readonly #known = new Map<ValueType, Map<ValueType, Coercion>>();

  constructor(context: CoercionContext) {
    this.#context = context;
  }

  /** undefined where values stay what they are. Throws `contract-mismatch` where no value converts. */
  compile(from: ValueType, to: ValueType, fallback?: () => unknown): Coercion | undefined {
    if (this.#context.same(from, to)) return undefined;
    const known = fallback === undefined ? this.#known.get(from)?.get(to) : undefined;
    if (known !== undefined) return known;
    const made = this.#make(from, to, fallback);
    if (fallback === undefined) {
      const row = this.#known.get(from) ?? new Map<ValueType, Coercion>();
      this.#known.set(from, row.set(to, made));
    }
    return made;
  }

  #make(from: ValueType, to: ValueType, standIn: (() => unknown) | undefined): Coercion {
    if (from.kind === "record" && to.kind === "record") return this.#record(from, to);
    if (from.kind === "variant" && to.kind === "variant") return this.#variant(from, to);
    if (from.kind === "enum" && to.kind === "enum") return this.#enum(from, to);
    if (from.kind === "flags" && to.kind === "flags") return this.#flags(from, to);
    if (from.kind === "list" && to.kind === "list") return this.#list(from, to);
    if (from.kind === "tuple" && to.kind === "tuple") return this.#tuple(from.items, to.items);
    if (from.kind === "map" && to.kind === "map") return this.#map(from, to);
    if (from.kind === "option" && to.kind === "option") return this.#option(from.item, to.item);
    if (from.kind === "result" && to.kind === "result") return this.#result(from, to);
    return this.#bridge(from, to, standIn);
  }

  #record(from: ValueType & { kind: "record" }, to: ValueType & { kind: "record" }): Coercion {
    const { sent, wanted } = this.#context;
    const match = matchMembers(
      from.fields.map(({ name }) => ({ name, renamedFrom: sent(from, name).renamedFrom })),
      to.fields.map(({ name }) => ({ name, renamedFrom: wanted(to, name).renamedFrom })),
    );
    const sources = new Map(match.pairs.map((pair) => [pair.b, from.fields[pair.a] as Field]));
    const steps = to.fields.map((field, index) => {
      const key = camelCase(field.name);
      const source = sources.get(index);
      const given = wanted(to, field.name).default ?? (source && sent(from, source.name).default);
      const makeDefault = given === undefined ? undefined : () => valueOfDefault(given, field.type);
      if (source === undefined) return { key, read: absent(field, makeDefault), convert: undefined };
      const convert = this.compile(source.type, field.type, makeDefault);
      return { key, read: readerOf(camelCase(source.name)), convert };
    });
    return (value, path) => {
      const record = value as Record<string, unknown>;
      const made: Record<string, unknown> = {};
      for (const { key, read, convert } of steps) {
        const part = read(record);
        made[key] = convert === undefined ? part : convert(part, path && `${path}.${key}`);
      }
      return made;
    };
  }

  /** Sent label -> wanted label, by name, by `@renamed-from`, else to the `@fallback`. */
  #labels(
    from: ValueType,
    sentLabels: readonly string[],
    to: ValueType,
    labels: readonly string[],
  ): Map<string, string> {
    const { sent, wanted } = this.#context;
    const match = matchMembers(
      sentLabels.map((name) => ({ name, renamedFrom: sent(from, name).renamedFrom })),
      labels.map((name) => ({ name, renamedFrom: wanted(to, name).renamedFrom })),
    );
    const fallback = labels.find((label) => wanted(to, label).fallback ?? sent(from, label).fallback);
    const known = new Map(match.pairs.map(({ a, b }) => [sentLabels[a] as string, labels[b] as string]));
    if (fallback !== undefined && to.kind !== "flags")
      for (const at of match.deleted) known.set(sentLabels[at] as string, fallback);
    return known;
  }

  #enum(from: ValueType & { kind: "enum" }, to: ValueType & { kind: "enum" }): Coercion {
    const labels = this.#labels(from, from.cases, to, to.cases);
    return (value, path) => {
      const label = labels.get(value as string);
      if (label === undefined) throw refused(path, `the case ${String(value)} has no counterpart`);
      return label;
    };
  }

  #variant(from: ValueType & { kind: "variant" }, to: ValueType & { kind: "variant" }): Coercion {
    const labels = this.#labels(
      from,
      from.cases.map(({ name }) => name),
      to,
      to.cases.map(({ name }) => name),
    );
    const payloads = new Map(
      from.cases.flatMap((one) => {
        const label = labels.get(one.name);
        const target = to.cases.find(({ name }) => name === label);
        return target === undefined
          ? []
          : [[one.name, { tag: target.name, convert: this.#payload(one.type, target.type) }] as const];
      }),
    );
    return (value, path) => {
      const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
      const found = payloads.get(tag);
      if (found === undefined) throw refused(path, `the case ${tag} has no counterpart`);
      const payload = found.convert(val, path && `${path}.${tag}`);
      return payload === undefined ? { tag: found.tag } : { tag: found.tag, val: payload };
    };
  }

  /** A payload, a result's arm or a function's result, any of which may not be there. */
  #payload(from: ValueType | undefined, to: ValueType | undefined): Coercion {
    if (to === undefined) return () => undefined;
    if (from !== undefined) return this.compile(from, to) ?? same;
    if (to.kind === "option") return isTaggedOption(to.item) ? () => ({ tag: "none" }) : () => undefined;
    if (to.kind === "result" && to.ok === undefined) return () => ({ tag: "ok" });
    throw mismatch("nothing is sent where a value is wanted");
  }

  #flags(from: ValueType & { kind: "flags" }, to: ValueType & { kind: "flags" }): Coercion {
    const labels = this.#labels(from, from.flags, to, to.flags);
    const steps = from.flags.map((label) => ({
      label,
      read: readerOf(camelCase(label)),
      key: labels.has(label) ? camelCase(labels.get(label) as string) : undefined,
      isCritical: this.#context.sent(from, label).critical === true,
    }));
    const empty = Object.fromEntries(to.flags.map((label) => [camelCase(label), false]));
    return (value, path) => {
      const made: Record<string, boolean> = { ...empty };
      for (const { label, read, key, isCritical } of steps) {
        if (read(value as Record<string, unknown>) !== true) continue;
        if (key !== undefined) made[key] = true;
        else if (isCritical) throw refused(path, `the flag ${label} has no counterpart`);
      }
      return made;
    };
  }

  #list(from: ValueType & { kind: "list" }, to: ValueType & { kind: "list" }): Coercion {
    const convert = this.compile(from.element, to.element) ?? same;
    const { length } = to;
    if (length !== undefined && from.length !== undefined && length !== from.length)
      throw mismatch(`no list of ${from.length} is a list of ${length}`);
    const array = numericArray(to.element);
    return (value, path) => {
      const items = value as ArrayLike<unknown>;
      if (length !== undefined && items.length !== length)
        throw refused(path, `a list of ${items.length} is no list of ${length}`);
      const made = (array?.create(items.length) ?? []) as unknown[];
      for (let index = 0; index < items.length; index++)
        made[index] = convert(items[index], path && `${path}[${index}]`);
      return made;
    };
  }

  #tuple(from: readonly ValueType[], to: readonly ValueType[]): Coercion {
    const steps = to.map((item, index) => {
      const source = from[index];
      if (source !== undefined) return this.compile(source, item) ?? same;
      return this.#payload(undefined, item.kind === "option" ? item : undefinedItem());
    });
    return (value, path) =>
      steps.map((step, index) => step((value as readonly unknown[])[index], path && `${path}[${index}]`));
  }

  #map(from: ValueType & { kind: "map" }, to: ValueType & { kind: "map" }): Coercion {
    const [key, item] = [this.compile(from.key, to.key) ?? same, this.compile(from.value, to.value) ?? same];
    return (value, path) => {
      const entries = [...(value as ReadonlyMap<unknown, unknown>)];
      return new Map(
        entries.map(([name, one]) => [key(name, path && `${path} key`), item(one, path && `${path}[${String(name)}]`)]),
      );
    };
  }

  #option(from: ValueType, to: ValueType): Coercion {
    const convert = this.compile(from, to) ?? same;
    const [open, close] = [openOption(from), closeOption(to)];
    return (value, path) => {
      const inner = open(value);
      return inner === NONE ? close(NONE) : close(convert(inner, path));
    };
  }

  #result(from: ValueType & { kind: "result" }, to: ValueType & { kind: "result" }): Coercion {
    const arms = { ok: this.#payload(from.ok, to.ok), err: this.#payload(from.err, to.err) };
    return (value, path) => {
      const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val?: unknown };
      const payload = arms[tag](val, path && `${path}.${tag}`);
      return payload === undefined ? { tag } : { tag, val: payload };
    };
  }

  /** Types of different kinds. */
  #bridge(from: ValueType, to: ValueType, standIn: (() => unknown) | undefined): Coercion {
    if (to.kind === "option") {
      const [convert, close] = [this.compile(from, to.item) ?? same, closeOption(to.item)];
      return (value, path) => close(convert(value, path));
    }
    if (from.kind === "option") {
      const [convert, open] = [this.compile(from.item, to) ?? same, openOption(from.item)];
      return (value, path) => {
        const inner = open(value);
        if (inner !== NONE) return convert(inner, path);
        if (standIn === undefined) throw refused(path, "none is no value here");
        return standIn();
      };
    }
    if (to.kind === "result" && to.ok !== undefined && from.kind !== "result") {
      const convert = this.compile(from, to.ok) ?? same;
      return (value, path) => ({ tag: "ok", val: convert(value, path) });
    }
    if (from.kind === "result" && from.ok !== undefined && to.kind !== "result") {
      const convert = this.compile(from.ok, to) ?? same;
      return (value, path) => {
        const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
        if (tag !== "ok") throw refused(path, "an err is no value here");
        return convert(val, path);
      };
    }
    const number = numberCoercion(from.kind as PrimitiveKind, to.kind as PrimitiveKind);
    if (number === undefined) throw mismatch(`no ${from.kind} is a ${to.kind}`);
    return (value, path) => {
      const made = number(value);
      if (made === undefined) throw refused(path, `${String(value)} is no ${to.kind}`);
      return made;
    };
  }

  /** A function's result, or a parameter that one side does not have. */
  compileOptional(from: ValueType | undefined, to: ValueType | undefined): Coercion | undefined {
    if (from === undefined && to === undefined) return undefined;
    return from !== undefined && to !== undefined ? this.compile(from, to) : this.#payload(from, to);
  }
}

const NONE = Symbol("none");
const same: Coercion = (value) => value;

function absent({ name, type }: Field, makeDefault: (() => unknown) | undefined): () => unknown {
  if (makeDefault !== undefined) return makeDefault;
  if (type.kind !== "option") throw mismatch(`nobody sends the field ${name}, and it has no default`);
  return isTaggedOption(type.item) ? () => ({ tag: "none" }) : () => undefined;
}

function undefinedItem(): never {
  throw mismatch("the tuple has items that nobody sends");
}

function openOption(item: ValueType): (value: unknown) => unknown {
  if (!isTaggedOption(item)) return (value) => (value === undefined ? NONE : value);
  return (value) => {
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    return tag === "none" ? NONE : val;
  };
}

function closeOption(item: ValueType): (value: unknown) => unknown {
  if (!isTaggedOption(item)) return (value) => (value === NONE ? undefined : value);
  return (value) => (value === NONE ? { tag: "none" } : { tag: "some", val: value });
}

/** A value that has no counterpart in the other version. */
function refused(path: string | undefined, why: string): TenonError {
  return new TenonError(
    "value-invalid",
    `${path ?? "a value"} cannot be converted between the versions of the contract: ${why}`,
    {
      hint: "pass a value that both versions have, or build the plugin against the host's contract",
    },
  );
}

function mismatch(why: string): TenonError {
  return new TenonError("contract-mismatch", `the two versions of the contract cannot be adapted: ${why}`, {
    sideEffects: "none",
  });
}
