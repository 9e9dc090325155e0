// Foreign JSON -> checked values; every refusal names the file and the path in it.
import { readFileSync, statSync } from "node:fs";
import { TenonError } from "@tenon/contract";

/** Far above any honest manifest or policy, and too little to fill anybody's memory. */
const MAX_BYTES = 64 * 1024;
/** No list of a manifest or policy that a person has written is longer. */
const MAX_ENTRIES = 256;

/** Deeper values could not even be shown in an error. */
const MAX_DEPTH = 64;

/** What a text must match; `what` completes "must be ...". */
export interface TextRule {
  readonly pattern: RegExp;
  readonly what: string;
}

/** A JSON value with the place where it stands. Every reader throws `config-invalid` where the value is another one. */
export class JsonValue {
  readonly value: unknown;
  readonly file: string;
  /** `$.artifacts[0].boundary`. */
  readonly path: string;

  constructor(value: unknown, file: string, path: string) {
    this.value = value;
    this.file = file;
    this.path = path;
  }

  /** The member, whose value is undefined where it is missing. */
  get(key: string): JsonValue {
    const value = Object.hasOwn(this.object(), key) ? this.object()[key] : undefined;
    return new JsonValue(value, this.file, `${this.path}.${key}`);
  }

  get isMissing(): boolean {
    return this.value === undefined;
  }

  /** What `read` makes of it; undefined where it is missing. */
  optional<T>(read: (at: JsonValue) => T): T | undefined {
    return this.isMissing ? undefined : read(this);
  }

  object(): Record<string, unknown> {
    if (typeof this.value === "object" && this.value !== null && !Array.isArray(this.value))
      return this.value as Record<string, unknown>;
    return this.refuse("must be an object");
  }

  /** Members by name, in the file's order. */
  entries(): readonly (readonly [string, JsonValue])[] {
    return Object.entries(this.object()).map(([key, value]) => [
      key,
      new JsonValue(value, this.file, `${this.path}[${JSON.stringify(key)}]`),
    ]);
  }

  /** An empty list where it is missing. */
  list(maxLength: number = MAX_ENTRIES): readonly JsonValue[] {
    if (this.isMissing) return [];
    if (!Array.isArray(this.value)) return this.refuse("must be a list");
    if (this.value.length > maxLength)
      return this.refuse(`has ${this.value.length} entries, at most ${maxLength} are allowed`);
    return this.value.map((value, index) => new JsonValue(value, this.file, `${this.path}[${index}]`));
  }

  text(rule?: TextRule): string {
    if (typeof this.value !== "string") return this.refuse("must be a text");
    if (this.value.length > 4096 || this.value.includes("\0")) return this.refuse("is too long, or has a NUL in it");
    if (rule !== undefined && !rule.pattern.test(this.value)) return this.refuse(`must be ${rule.what}`);
    return this.value;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.refuse(`must be one of ${choices.join(", ")}`);
  }

  integer(min: number, max: number): number {
    const { value } = this;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.refuse(`must be a whole number from ${min} to ${max}`);
  }

  /** Throws with the place, what is wrong, and the value as far as it fits. */
  refuse(what: string): never {
    const shown = this.isMissing ? "nothing" : (JSON.stringify(this.value) ?? "").slice(0, 60);
    throw new TenonError("config-invalid", `${this.file}: ${this.path} ${what}, it is ${shown}`, {
      hint: "mend it there",
      sideEffects: "none",
    });
  }
}

/** Reads a JSON file. Throws file-missing, or config-invalid with what is wrong with it. */
export function readJsonFile(file: string): JsonValue {
  const refuse = (what: string, cause?: unknown): never => {
    throw new TenonError("config-invalid", `${file}: ${what}`, { hint: "mend the file", sideEffects: "none", cause });
  };
  let bytes: Buffer;
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return refuse("is no file");
    if (stat.size > MAX_BYTES) return refuse(`has ${stat.size} bytes, at most ${MAX_BYTES} are allowed`);
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof TenonError) throw cause;
    throw new TenonError("file-missing", `${file} cannot be read`, { cause, sideEffects: "none" });
  }
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    return refuse(cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : "is not UTF-8", cause);
  }
  const flaw = flawOf(text);
  return flaw === undefined ? new JsonValue(value, file, "$") : refuse(flaw);
}

/** What `JSON.parse` lets pass and others read differently: of two equal keys it takes the last one, and says nothing. */
function flawOf(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    if (text === undefined) {
      if (token === "}" || token === "]") open.pop();
      else open.push(token === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} levels deep`;
    } else if (colon !== undefined) {
      const key = JSON.parse(text) as string;
      if (open.at(-1)?.has(key)) return `has the key ${JSON.stringify(key).slice(0, 60)} twice in one object`;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}
