// Doc comments -> the annotations in them, because WIT itself has gates only: lines such as `@default 0` or `@fallback`.
import type { Docs } from "../ir.ts";
import type { Json } from "../errors.ts";
import { identifierFault } from "../wit/identifier.ts";

/** What the author of a contract says about how an item may be converted. */
export interface Notes {
  /** A record field: what stands in for it where the other side does not have it. JSON in the form of the field's type. */
  readonly default?: Json;
  /** An enum or variant case: what cases that the receiver does not know become. */
  readonly fallback?: true;
  /** The item's label in earlier versions. */
  readonly renamedFrom?: string;
  /** A function: the interface in which it was in earlier versions, and its label there: `report.log`. */
  readonly movedFrom?: string;
  /** A function or interface that plugins may leave out: the host sees that it is absent. */
  readonly optional?: true;
  /** A flag that must not be dropped silently where the receiver does not know it. */
  readonly critical?: true;
  /** A deprecated item: what to use in its place. */
  readonly replacedBy?: string;
  /** A deprecated item: the day, `YYYY-MM-DD`, before which it stays. */
  readonly removeAfter?: string;
}

/** What an item is, for the question which annotations it may have. */
export type AnnotatedKind = "field" | "case" | "flag" | "function" | "method" | "interface" | "type" | "world";

export interface AnnotationFault {
  /** The line as it stands in the docs. */
  readonly text: string;
  readonly message: string;
  readonly hint?: string;
}

interface Annotation {
  readonly key: keyof Notes;
  readonly on: readonly AnnotatedKind[];
  /** Reads what stands after the word; a text says what it should have been. */
  readonly read: (rest: string) => { readonly value: Json } | string;
}

const bare = (rest: string): { value: true } | string => (rest === "" ? { value: true } : "nothing after it");
const label = (rest: string): { value: string } | string =>
  identifierFault(rest) === undefined ? { value: rest } : "a WIT label after it";

/** By the word in the docs. */
export const ANNOTATIONS: Readonly<Record<string, Annotation>> = {
  default: { key: "default", on: ["field"], read: readJson },
  fallback: { key: "fallback", on: ["case"], read: bare },
  "renamed-from": { key: "renamedFrom", on: ["field", "case", "flag", "function", "method"], read: label },
  "moved-from": { key: "movedFrom", on: ["function"], read: readPlace },
  optional: { key: "optional", on: ["function", "method", "interface"], read: bare },
  critical: { key: "critical", on: ["flag"], read: bare },
  "replaced-by": {
    key: "replacedBy",
    on: ["function", "method", "interface", "type"],
    read: (rest) => (rest === "" ? "what replaces the item" : { value: rest }),
  },
  "remove-after": { key: "removeAfter", on: ["function", "method", "interface", "type"], read: readDay },
};

/** The annotations in `docs`. A word that is none of ours is prose, unless it is one letter or two from one of them. */
export function readNotes(
  docs: Docs | undefined,
  kind: AnnotatedKind,
): { readonly notes: Notes; readonly faults: readonly AnnotationFault[] } {
  const notes: Record<string, Json> = {};
  const faults: AnnotationFault[] = [];
  for (const line of (docs?.contents ?? "").split("\n")) {
    const [, word, rest = ""] = /^\s*@([a-zA-Z][a-zA-Z0-9-]*)(?:\s+(.*))?$/.exec(line) ?? [];
    if (word === undefined) continue;
    const fault = (message: string, hint?: string): void => {
      faults.push({ text: line.trim(), message, ...(hint !== undefined && { hint }) });
    };
    const annotation = Object.hasOwn(ANNOTATIONS, word) ? ANNOTATIONS[word] : undefined;
    if (annotation === undefined) {
      const meant = Object.keys(ANNOTATIONS).find((known) => isNear(known, word.toLowerCase()));
      if (meant !== undefined) fault(`there is no annotation @${word}`, `write \`@${meant}\``);
    } else if (!annotation.on.includes(kind)) {
      fault(`@${word} does not go with a ${kind}`, `it stands on a ${annotation.on.join(" or ")}`);
    } else if (annotation.key in notes) fault(`@${word} stands here twice`);
    else {
      const read = annotation.read(rest.trim());
      if (typeof read === "string") fault(`@${word} needs ${read}`);
      else notes[annotation.key] = read.value;
    }
  }
  return { notes, faults };
}

function readPlace(rest: string): { value: string } | string {
  const labels = rest.split(".");
  const isPlace = labels.length === 2 && labels.every((one) => identifierFault(one) === undefined);
  return isPlace ? { value: rest } : "an interface and a label after it, such as `report.log`";
}

function readJson(rest: string): { value: Json } | string {
  try {
    return { value: JSON.parse(rest) as Json };
  } catch {
    return 'a JSON value after it, such as `0` or `"light"`';
  }
}

function readDay(rest: string): { value: string } | string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(rest) && !Number.isNaN(Date.parse(rest));
  return isDay ? { value: rest } : "a day such as `2027-06-30` after it";
}

/** Whether two words are at most two insertions, deletions or exchanges apart. Words are short: the table is small. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 2) return false;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return (row[b.length] ?? 3) <= 2;
}
