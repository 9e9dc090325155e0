// The checks of types that are chosen by a label: enum, variant, result, tagged option, flags.
import { describeValue, didYouMean, listLabels, quote } from "./describe.ts";
import { isFieldObject, readerOf, recordKeys } from "./mapping.ts";
import { expected, inside, visit } from "./misfit.ts";
import type { Check, Misfit } from "./misfit.ts";

export function checkEnum(labels: readonly string[]): Check {
  const allowed = new Set<unknown>(labels);
  return (value) => (allowed.has(value) ? undefined : unknownLabel(value, labels));
}

/** `expected one of "debug", "release", got string "relase"; did you mean "release"?` */
export function unknownLabel(value: unknown, labels: readonly string[]): Misfit {
  const near = didYouMean(value, labels);
  const what = `expected one of ${listLabels(labels)}, got ${describeValue(value)}`;
  return near === undefined ? { path: "", what } : { path: "", what, hint: `did you mean ${quote(near)}?` };
}

/** `{ tag, val }` objects: variants, results, and options inside options. */
export function checkCases(cases: readonly { readonly name: string; readonly check: Check | undefined }[]): Check {
  const labels = cases.map((item) => item.name);
  const payloads = new Map<unknown, Check | undefined>(cases.map(({ name, check }) => [name, check]));
  return (value) => {
    if (!isFieldObject(value)) return expected("an object { tag, val }", value, bareLabelHint(value, payloads));
    visit(1);
    const tag = value["tag"];
    const payload = payloads.get(tag);
    if (payload === undefined) {
      if (!payloads.has(tag)) return inside(unknownLabel(tag, labels), ".tag");
      const val = value["val"];
      return val === undefined
        ? undefined
        : { path: ".val", what: `the case ${quote(String(tag))} carries no value, got ${describeValue(val)}` };
    }
    const misfit = payload(value["val"]);
    return misfit === undefined ? undefined : inside(misfit, ".val");
  };
}

function bareLabelHint(value: unknown, payloads: ReadonlyMap<unknown, unknown>): string | undefined {
  return payloads.has(value) ? `write { tag: ${JSON.stringify(value)} }` : undefined;
}

export function checkFlags(labels: readonly string[]): Check {
  const parts = recordKeys(labels.map((name) => ({ name }))).map((key) => ({ key, read: readerOf(key) }));
  return (value) => {
    if (!isFieldObject(value)) return expected("an object of booleans", value);
    for (const part of parts) {
      const flag = part.read(value);
      if (flag !== undefined && typeof flag !== "boolean") return inside(expected("boolean", flag), `.${part.key}`);
    }
    return undefined;
  };
}
