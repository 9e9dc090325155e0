// The checks that a descriptor's reader is made of: each returns what it checked or throws `contract-invalid` with the place.
import { TenonError } from "./errors.ts";

/** Entries in a descriptor, all told: thousands of times what contracts have, and read in well under a second. */
const MAX_ENTRIES = 100_000;
const MAX_NAME_LENGTH = 256;

const LABEL = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/i;
const ID = /^(?:[a-z0-9-]+(?:[:/][a-z0-9-]+)+(?:@[a-z0-9.+-]+)?|[a-z][a-z0-9-]*)$/i;

/** Takes note of `more` entries at `path`. */
export type Counter = (more: number, path: string) => void;

/** A counter that throws above the bound on a descriptor's entries. */
export function createCounter(): Counter {
  let total = 0;
  return (more, path) => {
    total += more;
    if (total > MAX_ENTRIES) throw invalid(path, `brings the descriptor above ${MAX_ENTRIES} entries`);
  };
}

/** Whether `text` is spelled like the id of a world or interface. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** A reader of own properties: a descriptor cannot reach into prototypes. */
export function object(value: unknown, path: string): (key: string) => unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path, "is not an object");
  const own = value as Record<string, unknown>;
  return (key) => (Object.hasOwn(own, key) ? own[key] : undefined);
}

/** A list whose length counts against the bound. */
export function list(value: unknown, path: string, count: Counter): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(path, "is not a list");
  count(value.length, path);
  return value;
}

/** A list of exactly two. */
export function pair(value: unknown, path: string): readonly [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) throw invalid(path, "is not a pair");
  return [value[0], value[1]];
}

/** A text of bounded length. */
export function name(value: unknown, path: string): string {
  if (typeof value !== "string" || value.length > MAX_NAME_LENGTH) {
    throw invalid(path, `is not a text of at most ${MAX_NAME_LENGTH} characters`);
  }
  return value;
}

/** A WIT label. */
export function label(value: unknown, path: string): string {
  const text = name(value, path);
  if (!LABEL.test(text)) throw invalid(path, "is not a WIT label");
  return text;
}

/** The id of a world or interface, or a plain label. */
export function id(value: unknown, path: string): string {
  const text = name(value, path);
  if (!ID.test(text)) throw invalid(path, "is not an id such as `tenon:builder/plugin@0.1.0`");
  return text;
}

/** WIT tells labels apart without regard to case, and so do JavaScript keys made from them. */
export function distinct(names: readonly string[], path: string): void {
  const seen = new Set<string>();
  for (const one of names) {
    if (seen.has(one.toLowerCase())) throw invalid(path, `names ${one} twice`);
    seen.add(one.toLowerCase());
  }
}

/** The error that names the place. */
export function invalid(path: string, what: string): TenonError {
  return new TenonError("contract-invalid", `in a contract descriptor, ${path} ${what}`, { sideEffects: "none" });
}
