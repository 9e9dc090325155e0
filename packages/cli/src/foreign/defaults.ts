// JSON of a protobuf message -> the same with what it left out, because protobuf's JSON leaves out what has its default.
import { camelCase, type ValueType } from "@tenon/contract";

/** Fills in the fields of records that are missing, at any depth. What does not fit the type is left for the reader to refuse. */
export function withDefaults(type: ValueType, json: unknown): unknown {
  switch (type.kind) {
    case "record":
      return isObject(json) ? fillRecord(type, json) : json;
    case "list":
      return Array.isArray(json) ? json.map((item) => withDefaults(type.element, item)) : json;
    case "option":
      return json === null || json === undefined ? json : withDefaults(type.item, json);
    case "map":
      if (!isObject(json)) return json;
      return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, withDefaults(type.value, item)]));
    case "variant": {
      const payload = isObject(json) ? type.cases.find(({ name }) => name === json["tag"])?.type : undefined;
      return payload === undefined
        ? json
        : { ...(json as object), val: withDefaults(payload, (json as { val?: unknown }).val) };
    }
    default:
      return json;
  }
}

function fillRecord(
  { fields }: Extract<ValueType, { kind: "record" }>,
  json: Readonly<Record<string, unknown>>,
): unknown {
  const filled: Record<string, unknown> = { ...json };
  for (const { name, type } of fields) {
    const key = [name, camelCase(name), name.replaceAll("-", "_")].find((spelling) => Object.hasOwn(json, spelling));
    if (key !== undefined) filled[key] = withDefaults(type, json[key]);
    else if (type.kind !== "option") filled[name] = defaultOf(type);
  }
  return filled;
}

function defaultOf(type: ValueType): unknown {
  switch (type.kind) {
    case "bool":
      return false;
    case "string":
      return "";
    case "list":
      return type.element.kind === "u8" ? "" : [];
    case "map":
      return [];
    case "enum":
      return type.cases[0];
    default:
      return 0;
  }
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
