// Collects generated functions and the constants they need, and turns them into code.
import { isPrototypeKey } from "./mapping.ts";

/** Found once: a host may run with code generation from strings disallowed. */
export const canGenerate: boolean = detect();

function detect(): boolean {
  try {
    // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- constant text, asks whether it is allowed
    return new Function("return 1")() === 1;
  } catch {
    // `--disallow-code-generation-from-strings`, or a policy of the embedder: closures serve instead.
    return false;
  }
}

/**
 * One unit of generated code. Every distinct type becomes one function, so shared types cost one function however often
 * they occur. Foreign text (labels, resource names) enters the source only through `text`.
 */
export class Generator {
  private readonly names = new Map<unknown, string>();
  private readonly functions: string[] = [];
  private readonly constants: unknown[] = [];
  private readonly constantNames = new Map<unknown, string>();

  /** The name of the function for a key (a type, mostly); `write` gives its parameters and body the first time. */
  functionFor(key: unknown, write: () => string): string {
    const found = this.names.get(key);
    if (found !== undefined) return found;
    const name = `f${this.names.size}`;
    this.names.set(key, name);
    this.functions.push(`function ${name}${write()}`);
    return name;
  }

  /** The name under which the code sees `value`. */
  constant(value: unknown): string {
    const found = this.constantNames.get(value);
    if (found !== undefined) return found;
    const name = `c${this.constants.length}`;
    this.constants.push(value);
    this.constantNames.set(value, name);
    return name;
  }

  /** Compiles all functions; the result is what the expression `result` yields among them. */
  compile<T>(result: string): T {
    const names = this.constants.map((_, index) => `c${index}`);
    // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- the one place; foreign text enters by text()
    const make = new Function(...names, `"use strict";\n${this.functions.join("\n")}\nreturn ${result};`) as (
      ...values: unknown[]
    ) => T;
    return make(...this.constants);
  }
}

/** Foreign text as a literal of the generated code. */
export function text(value: string): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}

/** A key of an object literal; computed, because a plain `"__proto__":` would set the prototype. */
export function literalKey(key: string): string {
  return key === "__proto__" ? `["__proto__"]` : text(key);
}

/** A read of one field of `v`: names like `constructor` count only as own properties. */
export function readField(key: string): string {
  return isPrototypeKey(key) ? `(Object.hasOwn(v,${text(key)})?v[${text(key)}]:undefined)` : `v[${text(key)}]`;
}
