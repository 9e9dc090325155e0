// Small checks that compose to the shape of a JSON file and name the first place that does not fit.

/** Undefined when the value fits, else `path: expected ..., got ...`. */
export type Shape = (value: unknown, path: string) => string | undefined;

/** Lists longer than this are refused; no manifest needs them. */
const MAX_ITEMS = 1024;

function expected(what: string, value: unknown, path: string): string {
  const got = value === null ? "null" : Array.isArray(value) ? "list" : value === undefined ? "nothing" : typeof value;
  return `${path === "" ? "the file" : path}: expected ${what}, got ${got}`;
}

function fields(shapes: Readonly<Record<string, Shape>>, isOpen: boolean): Shape {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return expected("an object", value, path);
    const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
    for (const [key, check] of Object.entries(shapes)) {
      const misfit = check(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, at(key));
      if (misfit !== undefined) return misfit;
    }
    const unknown = isOpen
      ? undefined
      : Object.keys(value).find((key) => !Object.hasOwn(shapes, key) && !key.startsWith("$"));
    return unknown === undefined
      ? undefined
      : `${at(unknown)}: is not a known key; known are ${Object.keys(shapes).join(", ")}`;
  };
}

export const shape: {
  readonly text: Shape;
  readonly numbers: Shape;
  literal(expectedValue: number): Shape;
  match(pattern: RegExp, what: string): Shape;
  oneOf(...words: readonly string[]): Shape;
  optional(inner: Shape): Shape;
  list(item: Shape, min?: number): Shape;
  /** Exactly these keys; keys that start with `$` are for editors and ignored. */
  record(shapes: Readonly<Record<string, Shape>>): Shape;
  /** At least these keys. */
  open(shapes: Readonly<Record<string, Shape>>): Shape;
} = {
  text: (value, path) => (typeof value === "string" && value !== "" ? undefined : expected("text", value, path)),
  numbers: (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return expected("an object of numbers", value, path);
    const bad = Object.entries(value).find(([, item]) => typeof item !== "number" || !(item >= 0));
    return bad === undefined ? undefined : expected("a number of 0 or more", bad[1], `${path}.${bad[0]}`);
  },
  literal: (wanted) => (value, path) =>
    value === wanted ? undefined : `${path}: expected ${wanted}, got ${JSON.stringify(value)}`,
  match: (pattern, what) => (value, path) =>
    typeof value === "string" && value.length < 256 && pattern.test(value)
      ? undefined
      : `${path}: expected ${what}, got ${JSON.stringify(value)?.slice(0, 80) ?? "nothing"}`,
  oneOf:
    (...words) =>
    (value, path) =>
      typeof value === "string" && words.includes(value)
        ? undefined
        : expected(`one of ${words.join(", ")}`, value, path),
  optional: (inner) => (value, path) => (value === undefined ? undefined : inner(value, path)),
  list:
    (item, min = 0) =>
    (value, path) => {
      if (!Array.isArray(value)) return expected("a list", value, path);
      if (value.length < min || value.length > MAX_ITEMS)
        return `${path}: expected ${min} to ${MAX_ITEMS} items, got ${value.length}`;
      for (const [index, each] of value.entries()) {
        const misfit = item(each, `${path}[${index}]`);
        if (misfit !== undefined) return misfit;
      }
      return undefined;
    },
  record: (shapes) => fields(shapes, false),
  open: (shapes) => fields(shapes, true),
};
