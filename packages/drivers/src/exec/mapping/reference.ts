// `request.out-dir` -> a typed read of a frame.
import { formatType, isTaggedOption } from "@tenon/abi";
import { camelCase, type ValueType } from "@tenon/contract/core";
import type { Frame, Here } from "./here.ts";

export interface Reference {
  readonly path: string;
  /** An option that a condition around has found to be there has the type of its item. */
  readonly type: ValueType;
  readonly get: (frame: Frame) => unknown;
}

/** Resolves a dotted path of WIT labels; tuple items go by number. Refuses unknown names and unguarded options on the way. */
export function resolveReference(path: string, here: Here): Reference {
  const [root = "", ...steps] = path.split(".");
  const start = here.names.get(root);
  if (start === undefined)
    here.refuse(
      `refers to ${JSON.stringify(path)}, but there is no ${JSON.stringify(root)}`,
      `use ${[...here.names.keys()].join(", ") || "a constant"}`,
    );
  let reference: Reference = unwrapped({ path: root, type: start, get: (frame) => frame[root] }, here);
  for (const step of steps) reference = unwrapped(stepInto(reference, step, path, here), here);
  return reference;
}

function unwrapped(reference: Reference, here: Here): Reference {
  const { type, path } = reference;
  return type.kind === "option" && !isTaggedOption(type.item) && here.present.has(path)
    ? { ...reference, type: type.item }
    : reference;
}

function stepInto(from: Reference, step: string, whole: string, here: Here): Reference {
  const { type } = from;
  const path = `${from.path}.${step}`;
  if (type.kind === "record") {
    const field = type.fields.find(({ name }) => name === step);
    if (field === undefined)
      here.refuse(
        `refers to ${JSON.stringify(whole)}, but ${from.path} has no ${JSON.stringify(step)}`,
        `use ${type.fields.map(({ name }) => name).join(", ")}`,
      );
    const key = camelCase(step);
    return { path, type: field.type, get: (frame) => (from.get(frame) as Record<string, unknown>)[key] };
  }
  const item = type.kind === "tuple" && /^\d+$/.test(step) ? type.items[Number(step)] : undefined;
  if (item !== undefined) return { path, type: item, get: (frame) => (from.get(frame) as unknown[])[Number(step)] };
  if (type.kind === "option")
    here.refuse(
      `refers to ${JSON.stringify(whole)}, but ${from.path} may be none`,
      `put it inside an "if" on ${JSON.stringify(from.path)}`,
    );
  return here.refuse(
    `refers to ${JSON.stringify(whole)}, but ${from.path} is a ${formatType(type)} without ${JSON.stringify(step)}`,
  );
}

/** Whether two resolved types are the same, labels included. */
export function isSameType(a: ValueType, b: ValueType): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
