// The JSON of a `@default` and its type -> the JavaScript value, a new one each time it is asked for.
import { camelCase } from "@tenon/contract/base";
import type { Json, ValueType } from "@tenon/contract/core";
import { isTaggedOption, numericArray } from "../mapping.ts";

/** `json` fits the type: whoever took the snapshot has seen to it. */
export function valueOfDefault(json: Json, type: ValueType): unknown {
  switch (type.kind) {
    case "u64":
    case "s64":
      return BigInt(json as number);
    case "option": {
      const item = json === null ? undefined : valueOfDefault(json, type.item);
      if (!isTaggedOption(type.item)) return item;
      return json === null ? { tag: "none" } : { tag: "some", val: item };
    }
    case "list": {
      const items = (json as readonly Json[]).map((one) => valueOfDefault(one, type.element));
      const array = numericArray(type.element)?.create(items.length) as unknown[] | undefined;
      return array === undefined ? items : Object.assign(array, items);
    }
    case "tuple":
      return type.items.map((item, index) => valueOfDefault((json as readonly Json[])[index] ?? null, item));
    case "flags":
      return Object.fromEntries(
        type.flags.map((label) => [camelCase(label), (json as readonly Json[]).includes(label)]),
      );
    case "record": {
      const own = json as Readonly<Record<string, Json>>;
      return Object.fromEntries(
        type.fields.map(({ name, type: part }) => [camelCase(name), valueOfDefault(own[name] ?? null, part)]),
      );
    }
    default:
      return json;
  }
}
