// A value and what came back of it -> the first place where they differ and nobody said that they may.
import { shortName, type Snapshot } from "@tenon/contract/evolution";
import { camelCase } from "@tenon/contract/base";
import type { ValueType, VariantCase } from "@tenon/contract/core";
import { isTaggedOption } from "../mapping.ts";

export interface ComparedType {
  readonly type: ValueType;
  readonly snapshot: Snapshot;
  /** Where the value stands. */
  readonly path: string;
  /** Whether values at a path, or below it, may differ. */
  readonly isExcused: (path: string) => boolean;
}

export interface Difference {
  readonly path: string;
  readonly wanted: string;
  readonly got: string;
}

type Pair = readonly [wanted: unknown, got: unknown];

export function firstDifference(at: ComparedType, [wanted, got]: Pair): Difference | undefined {
  const { type, path, isExcused } = at;
  const name = shortName(at.snapshot.types.get(type)?.name ?? "");
  if (isExcused(path) || (name !== "" && isExcused(name))) return undefined;
  const here = name === "" ? path : name;
  const inside = (part: ValueType, label: string, pair: Pair): Difference | undefined =>
    firstDifference({ ...at, type: part, path: `${here}${label}` }, pair);
  const differs = (): Difference => ({ path, wanted: shown(wanted), got: shown(got) });
  switch (type.kind) {
    case "record":
      return first(type.fields, ({ name: label, type: part }) =>
        inside(part, `.${label}`, [field(wanted, label), field(got, label)]),
      );
    case "flags":
      return first(type.flags, (label) =>
        (field(wanted, label) === true) === (field(got, label) === true) || isExcused(`${here}.${label}`)
          ? undefined
          : { ...differs(), path: `${here}.${label}` },
      );
    case "list":
    case "tuple": {
      const [a, b] = [wanted as ArrayLike<unknown>, got as ArrayLike<unknown>];
      if (a.length !== b.length) return differs();
      return first(Array.from(a), (one, index) =>
        inside(type.kind === "list" ? type.element : (type.items[index] as ValueType), "", [one, b[index]]),
      );
    }
    case "map":
      return sameMaps(wanted, got) ? undefined : differs();
    case "option": {
      if (!isTaggedOption(type.item))
        return wanted === undefined || got === undefined
          ? wanted === got
            ? undefined
            : differs()
          : inside(type.item, "", [wanted, got]);
      return cases([{ name: "none" }, { name: "some", type: type.item }]);
    }
    case "result":
      return cases([
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "err", ...(type.err && { type: type.err }) },
      ]);
    case "variant":
      return cases(type.cases);
    case "stream":
    case "future":
      return undefined;
    default:
      return Object.is(wanted, got) || (wanted === 0 && got === 0) ? undefined : differs();
  }

  function cases(all: readonly VariantCase[]): Difference | undefined {
    const [a, b] = [wanted as Tagged, got as Tagged];
    if (a.tag !== b.tag) return isExcused(`${here}.${a.tag}`) ? undefined : differs();
    const payload = all.find((one) => one.name === a.tag)?.type;
    return payload === undefined ? undefined : inside(payload, name === "" ? "" : `.${a.tag}`, [a.val, b.val]);
  }
}

interface Tagged {
  readonly tag: string;
  readonly val?: unknown;
}

function first<T>(
  items: readonly T[],
  find: (item: T, index: number) => Difference | undefined,
): Difference | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function field(value: unknown, label: string): unknown {
  const key = camelCase(label);
  return Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/** Keys of maps are primitives, and whoever compares them compares all of both. */
function sameMaps(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

/** Short enough for a message. */
function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function textOf(value: unknown): string {
  const plain = (_key: string, one: unknown): unknown => {
    if (typeof one === "bigint") return `${one}n`;
    if (one instanceof Map) return [...one];
    if (ArrayBuffer.isView(one)) return Array.from(one as unknown as ArrayLike<unknown>);
    return one;
  };
  return value === undefined ? "nothing" : JSON.stringify(value, plain);
}
