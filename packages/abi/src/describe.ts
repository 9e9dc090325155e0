// Any value -> a few words for an error message; any label -> the nearest allowed one.

const MAX_SHOWN = 40;
const MAX_LABELS = 12;

/** `number 5`, `string "abc"`, `an array of 3`, `null`: never runs the value's own code. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${quote(value)}`;
    case "number":
      return Object.is(value, -0) ? "number -0" : `number ${value}`;
    case "bigint":
      return describeBigint(value);
    case "boolean":
      return `boolean ${value}`;
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return typeof value;
  }
}

/** A label or text in quotes, cut after 40 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text);
}

function describeBigint(value: bigint): string {
  const isShort = BigInt.asIntN(128, value) === value;
  return isShort ? `bigint ${value}n` : "a bigint of more than 128 bits";
}

function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`;
    if (ArrayBuffer.isView(value)) return `a ${typedArrayName(value) ?? "DataView"}`;
    if (value instanceof Map) return `a Map of ${value.size}`;
  } catch {
    // A revoked proxy throws from the questions above; it is an object all the same.
  }
  return "an object";
}

const tagProperty = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
) as {
  readonly get: (this: unknown) => string | undefined;
};

/** `Uint8Array` and so on for a real typed array of any realm (a subclass counts as its base), else undefined. */
export function typedArrayName(value: unknown): string | undefined {
  return tagProperty.get.call(value);
}

/** ` (one of a, b, c)`, cut after 12 labels. */
export function listLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, MAX_LABELS).map(quote).join(", ");
  return labels.length > MAX_LABELS ? `${shown}, and ${labels.length - MAX_LABELS} more` : shown;
}

/** The allowed label nearest to `given`, when it is near enough to be a slip. */
export function didYouMean(given: unknown, labels: readonly string[]): string | undefined {
  if (typeof given !== "string" || given.length > 64) return undefined;
  const wanted = given
    .replace(/_/g, "-")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const label of labels.slice(0, 256)) {
    if (Math.abs(label.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, label.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [label, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
