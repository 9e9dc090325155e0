// What both JSON directions share: options, the error with its path and how parts add to it, the spellings of a label.
import { TenonError, camelCase } from "@tenon/contract/core";
import { Budget } from "./budget.ts";
import { describeValue } from "./describe.ts";
import { NO_HANDLES } from "./handles.ts";
import type { HandleCodec } from "./handles.ts";

export interface JsonOptions {
  /** Needed for types with resources, which are numbers in JSON. */
  readonly handles?: HandleCodec;
  /** The code of errors about values. Default `value-invalid`; drivers say `protocol-error` for what a peer sent. */
  readonly code?: "value-invalid" | "protocol-error";
  /** Default: a new budget with the default limits. */
  readonly budget?: Budget;
}

/** One conversion under way. */
export class JsonPlace {
  readonly handles: HandleCodec;
  readonly budget: Budget;
  private readonly code: "value-invalid" | "protocol-error";
  private readonly trail: string[] = [];

  constructor(options: JsonOptions) {
    this.handles = options.handles ?? NO_HANDLES;
    this.budget = options.budget ?? new Budget();
    this.code = options.code ?? "value-invalid";
  }

  fail(what: string, hint?: string): never {
    throw new TenonError(this.code, what, { hint, sideEffects: this.code === "value-invalid" ? "none" : "unknown" });
  }

  expected(what: string, value: unknown, hint?: string): never {
    return this.fail(`expected ${what}, got ${describeValue(value)}`, hint);
  }

  /** Notes a segment of the path while an error passes by. */
  via(segment: string): void {
    if (this.trail.length < 256) this.trail.push(segment);
  }

  /** The error with its path in front. */
  locate(thrown: unknown, root: string): unknown {
    if (!(thrown instanceof TenonError)) return thrown;
    const path = `${root}${this.trail.reverse().join("")}`;
    const { hint, sideEffects } = thrown;
    return new TenonError(thrown.code, `${path}: ${thrown.what}`, { hint, sideEffects, details: { path } });
  }
}

/** How a label may be spelt in JSON that comes in: as in WIT, in camelCase, in snake_case. */
export function spellings(label: string): readonly string[] {
  return [...new Set([label, camelCase(label), label.replaceAll("-", "_").toLowerCase()])];
}

/** Finds a field of foreign JSON under any of its spellings; two at once are an error, missing gives undefined. */
export function fieldFinder(label: string): (json: Record<string, unknown>, place: JsonPlace) => unknown {
  const keys = spellings(label);
  return (json, place) => {
    let found: string | undefined;
    for (const key of keys) {
      if (!Object.hasOwn(json, key)) continue;
      if (found !== undefined)
        place.fail(`the field ${label} is given twice, as ${found} and as ${key}`, "keep one of the two");
      found = key;
    }
    return found === undefined ? undefined : json[found];
  };
}

/** Reads a value of one type. */
export type FromJson = (json: unknown, place: JsonPlace) => unknown;

/** Converts each element; an error learns the index. */
export function each(
  list: readonly unknown[],
  place: JsonPlace,
  convert: (item: unknown, index: number) => void,
): void {
  let index = 0;
  try {
    for (; index < list.length; index++) convert(list[index], index);
  } catch (thrown) {
    place.via(`[${index}]`);
    throw thrown;
  }
}

/** What `run` throws learns that it happened at `segment`. */
export function under<T>(place: JsonPlace, segment: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    place.via(segment);
    throw thrown;
  }
}
