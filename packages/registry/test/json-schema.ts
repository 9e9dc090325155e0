// A JSON schema and a value -> the places that do not fit; only the keywords that the schemas of docs/spec use.
type Schema = Readonly<Record<string, unknown>>;
type Check = (wanted: never, value: unknown, path: string, root: Schema) => readonly string[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const verdict = (isFine: boolean, path: string, what: string): readonly string[] => (isFine ? [] : [`${path} ${what}`]);
const none = (): readonly string[] => [];

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: isObject,
};

const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: none,
  $id: none,
  $defs: none,
  title: none,
  description: none,
  $ref: (ref: string, value, path, root) =>
    misfits((root["$defs"] as Record<string, Schema>)[ref.replace("#/$defs/", "")]!, value, path, root),
  type: (type: string, value, path) => verdict(TYPES[type]!(value), path, `is no ${type}`),
  const: (wanted: unknown, value, path) => verdict(value === wanted, path, `is not ${JSON.stringify(wanted)}`),
  enum: (wanted: readonly unknown[], value, path) => verdict(wanted.includes(value), path, "is not in the list"),
  // The flag as validators of editors have it.
  pattern: (pattern: string, value, path) =>
    verdict(typeof value !== "string" || new RegExp(pattern, "u").test(value), path, `does not match ${pattern}`),
  minLength: (min: number, value, path) => verdict(typeof value !== "string" || value.length >= min, path, "is short"),
  maxLength: (max: number, value, path) => verdict(typeof value !== "string" || value.length <= max, path, "is long"),
  minimum: (min: number, value, path) => verdict(typeof value !== "number" || value >= min, path, "is too little"),
  maximum: (max: number, value, path) => verdict(typeof value !== "number" || value <= max, path, "is too much"),
  minItems: (min: number, value, path) => verdict(!Array.isArray(value) || value.length >= min, path, "has too few"),
  maxItems: (max: number, value, path) => verdict(!Array.isArray(value) || value.length <= max, path, "has too many"),
  items: (item: Schema, value, path, root) =>
    Array.isArray(value) ? value.flatMap((one, index) => misfits(item, one, `${path}[${index}]`, root)) : [],
  required: (keys: readonly string[], value, path) =>
    keys.flatMap((key) => verdict(!isObject(value) || Object.hasOwn(value, key), path, `has no ${key}`)),
  oneOf: (choices: readonly Schema[], value, path, root) =>
    verdict(
      choices.filter((one) => misfits(one, value, path, root).length === 0).length === 1,
      path,
      "is none of them",
    ),
  propertyNames: (schema: Schema, value, path, root) =>
    isObject(value) ? Object.keys(value).flatMap((key) => misfits(schema, key, `${path}[${key}]`, root)) : [],
  // `others` has it, which sees the schema's `properties` as well.
  additionalProperties: none,
  properties: (properties: Readonly<Record<string, Schema>>, value, path, root) =>
    Object.entries(properties).flatMap(([key, schema]) =>
      isObject(value) && Object.hasOwn(value, key) ? misfits(schema, value[key], `${path}.${key}`, root) : [],
    ),
};

/** Throws on a keyword that it does not know, so that the schema cannot outgrow its test. */
export function misfits(schema: Schema, value: unknown, path = "$", root = schema): readonly string[] {
  return [
    ...others(schema, value, path, root),
    ...Object.entries(schema).flatMap(([keyword, wanted]) => {
      const check = KEYWORDS[keyword];
      if (check === undefined) throw new Error(`the keyword ${keyword} is not tested`);
      return check(wanted as never, value, path, root);
    }),
  ];
}

/** What `additionalProperties` says of the keys that `properties` does not have. */
function others(schema: Schema, value: unknown, path: string, root: Schema): readonly string[] {
  const rest = schema["additionalProperties"];
  if (rest === undefined || !isObject(value)) return [];
  const known = Object.keys((schema["properties"] as Schema | undefined) ?? {});
  const more = Object.keys(value).filter((key) => !known.includes(key));
  if (rest === false) return more.map((key) => `${path} has an odd key ${key}`);
  return more.flatMap((key) => misfits(rest as Schema, value[key], `${path}.${key}`, root));
}
