// Where the compiler of a mapping stands: the place in the JSON, the names that templates may use, what the run offers.
import { TenonError, type ValueType } from "@tenon/contract/core";

/** How a program's standard output is read. */
export type StdoutMode = "text" | "json" | "wave" | "bytes" | "log" | "ignore";

/** Values by name while a call runs: parameters by their WIT label, what the run brought, what instructions bind. */
export type Frame = Readonly<Record<string, unknown>>;

/** Instructions in instructions deeper than this are a mistake or an attack on the stack. */
const MAX_DEPTH = 64;

interface HereParts {
  readonly place: string;
  /** Types of the names in the frame. */
  readonly names: ReadonlyMap<string, ValueType>;
  /** Paths of options that a condition around has found to be there. */
  readonly present: ReadonlySet<string>;
  /** Undefined where no program has run yet: arguments, environment, input, constant functions. */
  readonly stdout: StdoutMode | undefined;
  /** The named line patterns of the manifest. */
  readonly patterns: Readonly<Record<string, unknown>>;
  readonly depth: number;
}

export class Here implements HereParts {
  readonly place: string;
  readonly names: ReadonlyMap<string, ValueType>;
  readonly present: ReadonlySet<string>;
  readonly stdout: StdoutMode | undefined;
  readonly patterns: Readonly<Record<string, unknown>>;
  readonly depth: number;

  constructor(parts: HereParts) {
    this.place = parts.place;
    this.names = parts.names;
    this.present = parts.present;
    this.stdout = parts.stdout;
    this.patterns = parts.patterns;
    this.depth = parts.depth;
  }

  /** One step into the JSON. */
  at(key: string | number): Here {
    if (this.depth >= MAX_DEPTH) this.refuse(`nests deeper than ${MAX_DEPTH} levels`, "write it flatter");
    const step =
      typeof key === "number" ? `[${key}]` : /^[A-Za-z$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    return new Here({ ...this, place: this.place + step, depth: this.depth + 1 });
  }

  /** The same place with one more name. */
  bind(name: string, type: ValueType): Here {
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      this.refuse(`${JSON.stringify(name)} cannot be a name`, "use lower-case letters, digits and dashes");
    const present = new Set([...this.present].filter((path) => path !== name && !path.startsWith(`${name}.`)));
    return new Here({ ...this, names: new Map(this.names).set(name, type), present });
  }

  /** The same place where the option at `path` is known to be there. */
  having(path: string): Here {
    return new Here({ ...this, present: new Set(this.present).add(path) });
  }

  /** The same place after a program has run. */
  after(stdout: StdoutMode): Here {
    return new Here({ ...this, stdout });
  }

  refuse(what: string, hint?: string): never {
    throw refusal(this.place, what, hint);
  }

  /** The JSON as an object without foreign keys. */
  object(json: unknown, keys: readonly string[], required: readonly string[] = []): Readonly<Record<string, unknown>> {
    const object = this.record(json);
    for (const key of Object.keys(object)) {
      if (!keys.includes(key)) this.at(key).refuse("is not known here", `use ${keys.join(", ")}`);
    }
    for (const key of required) if (object[key] === undefined) this.refuse(`lacks ${JSON.stringify(key)}`);
    return object;
  }

  /** The JSON as an object with any keys; its copy has no prototype. */
  record(json: unknown): Readonly<Record<string, unknown>> {
    if (typeof json !== "object" || json === null || Array.isArray(json))
      this.refuse(`must be an object, is ${kindOf(json)}`);
    return Object.assign(Object.create(null) as Record<string, unknown>, json);
  }

  list(json: unknown): readonly unknown[] {
    if (!Array.isArray(json)) this.refuse(`must be a list, is ${kindOf(json)}`);
    return json;
  }

  string(json: unknown): string {
    if (typeof json !== "string") this.refuse(`must be a text, is ${kindOf(json)}`);
    return json;
  }
}

/** `config-invalid` that names the place in the manifest. */
export function refusal(place: string, what: string, hint?: string): TenonError {
  return new TenonError("config-invalid", `${place} ${what}`, {
    hint: hint ?? "see docs/spec/exec-mapping.md",
    sideEffects: "none",
    details: { path: place },
  });
}

function kindOf(json: unknown): string {
  if (json === null || json === undefined) return "missing";
  if (Array.isArray(json)) return "a list";
  return typeof json === "object" ? "an object" : `${typeof json} ${JSON.stringify(json)?.slice(0, 40)}`;
}

/** The frame with one more name. */
export function bound(frame: Frame, name: string, value: unknown): Frame {
  return Object.assign(Object.create(frame) as Record<string, unknown>, { [name]: value });
}
