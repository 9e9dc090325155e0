// JSON of the types that are chosen by a label -> their values: variant, result, flags.
import { quote } from "./describe.ts";
import { each, fieldFinder, under, type FromJson } from "./json-place.ts";
import { isFieldObject, recordKeys, setField } from "./mapping.ts";
import { unknownLabel } from "./validate-labels.ts";

/** A case, and how its value is read; undefined where it carries none. */
export interface CaseFromJson {
  readonly name: string;
  readonly convert: FromJson | undefined;
}

/** `{ "ok": value }`, or what a variant of the two may be. */
export function resultFromJson(arms: readonly CaseFromJson[]): FromJson {
  const tagged = variantFromJson(arms);
  return (json, place) => {
    if (!isFieldObject(json) || Object.hasOwn(json, "tag")) return tagged(json, place);
    const [arm, other] = arms.filter(({ name }) => Object.hasOwn(json, name));
    if (arm === undefined || other !== undefined) return place.fail('expected { "ok": value } or { "err": value }');
    const { name, convert } = arm;
    return under(place, `.${name}`, () => {
      const val = json[name];
      if (convert !== undefined) return { tag: name, val: convert(val, place) };
      return val === null || val === undefined
        ? { tag: name }
        : place.expected("null, because this arm carries no value", val);
    });
  };
}

export function variantFromJson(cases: readonly CaseFromJson[]): FromJson {
  const labels = cases.map(({ name }) => name);
  const parts = new Map<unknown, FromJson | undefined>(cases.map(({ name, convert }) => [name, convert]));
  return (json, place) => {
    const isBare = typeof json === "string";
    if (!isBare && !isFieldObject(json)) return place.expected('{ "tag": label, "val": value } or a label', json);
    const tag = isBare ? json : own(json, "tag");
    const misfit = parts.has(tag) ? undefined : unknownLabel(tag, labels);
    if (misfit !== undefined) return place.fail(misfit.what, misfit.hint);
    const part = parts.get(tag);
    const val = isBare ? undefined : own(json, "val");
    if (part === undefined) {
      if (val !== undefined && val !== null) place.fail(`the case ${quote(String(tag))} carries no value`);
      return { tag };
    }
    return { tag, val: under(place, isBare ? "" : ".val", () => part(val, place)) };
  };
}

export function flagsFromJson(labels: readonly string[]): FromJson {
  const keys = recordKeys(labels.map((name) => ({ name })));
  const finders = labels.map(fieldFinder);
  return (json, place) => {
    const value: Record<string, unknown> = {};
    if (Array.isArray(json)) {
      for (const [index, key] of keys.entries()) setField(value, key, json.includes(labels[index]));
      each(json, place, (label) => {
        const misfit = labels.includes(label as string) ? undefined : unknownLabel(label, labels);
        if (misfit !== undefined) place.fail(misfit.what, misfit.hint);
      });
      return value;
    }
    if (!isFieldObject(json)) return place.expected("an array of labels", json);
    for (const [index, key] of keys.entries()) {
      const flag = (finders[index] as (typeof finders)[0])(json, place) ?? false;
      if (typeof flag !== "boolean") under(place, `.${labels[index]}`, () => place.expected("boolean", flag));
      setField(value, key, flag);
    }
    return value;
  };
}

function own(json: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}
