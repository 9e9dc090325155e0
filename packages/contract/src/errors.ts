// The one error class of Tenon and the closed table of its codes (docs/errors.md is generated from it).
import { terminalSafe } from "./terminal-safe.ts";

/**
 * What each code means and what a person should do about it. The set is closed: plugins and drivers never add codes.
 * `hint` completes the sentence `[code] what happened; <hint>` wherever the thrower has nothing more exact to say.
 */
export const ERROR_CODES = {
  "wit-invalid": { meaning: "WIT text does not parse or does not resolve.", hint: "mend the WIT at the place shown" },
  "contract-invalid": {
    meaning: "A contract descriptor or snapshot is damaged or of an unknown form.",
    hint: "generate it again with `tenon codegen`",
  },
  "contract-mismatch": {
    meaning: "The plugin speaks another contract than the host asked for.",
    hint: "build the plugin against the host's contract, or load it with the contract it was built for",
  },
  "value-invalid": {
    meaning: "A value does not fit its contract type; the message names the path of the first bad part.",
    hint: "pass a value of the type that the contract declares",
  },
  "config-invalid": {
    meaning: "An option, manifest or policy is missing something or contradicts itself.",
    hint: "mend the named setting",
  },
  "file-missing": { meaning: "A file or folder that was named is not there.", hint: "check the path" },
  "artifact-invalid": {
    meaning: "The plugin's bytes are damaged or not what their boundary needs.",
    hint: "build or fetch the plugin again",
  },
  "driver-missing": {
    meaning: "No driver is registered for the boundary.",
    hint: "pass the driver to createHost({ drivers })",
  },
  "library-missing": {
    meaning: "An optional third-party library is not installed.",
    hint: "install the named package next to tenon",
  },
  "boundary-unsupported": {
    meaning: "This boundary cannot do what was asked, such as a synchronous call to another process.",
    hint: "use another boundary or the asynchronous form",
  },
  "function-missing": {
    meaning: "The plugin or the host does not offer a function of the contract.",
    hint: "implement the named function",
  },
  "start-failed": {
    meaning: "The plugin did not become ready: its module threw, its program is missing, or it ended early.",
    hint: "read the notes and the plugin's output below",
  },
  "handshake-failed": {
    meaning: "The first exchange with the plugin was missing, malformed or of another protocol version.",
    hint: "make the plugin print exactly one handshake line before anything else",
  },
  "plugin-trap": {
    meaning: "The plugin's code threw or trapped while it served a call.",
    hint: "this is a fault in the plugin; report it to its author",
  },
  "plugin-crashed": {
    meaning: "The plugin's process, thread or instance is gone.",
    hint: "the supervisor restarts it within its budget; read the plugin's last output",
  },
  "protocol-error": {
    meaning: "The plugin sent bytes that the protocol does not allow.",
    hint: "the plugin was stopped; report it to its author",
  },
  "deadline-exceeded": {
    meaning: "The call took longer than its deadline.",
    hint: "raise deadlineMs or make the plugin faster",
  },
  cancelled: { meaning: "The caller's AbortSignal fired before the call ended.", hint: "nothing to do" },
  "resource-exhausted": {
    meaning: "A limit was reached: bytes, depth, handles, queue length, file descriptors.",
    hint: "raise the named limit if the use is legitimate",
  },
  "capability-denied": {
    meaning: "The plugin tried something that its grants do not allow.",
    hint: "grant the capability if the plugin should have it",
  },
  "capability-unenforceable": {
    meaning: "The requested policy cannot be enforced on this boundary.",
    hint: "choose a boundary that enforces it, or trust this exact digest",
  },
  "integrity-error": {
    meaning: "Bytes do not have the digest that was agreed.",
    hint: "fetch the artifact again from its source",
  },
  "handle-invalid": {
    meaning: "A resource handle is unknown, foreign, already dropped or still borrowed.",
    hint: "use each handle only while its owner keeps it open",
  },
  "host-function-failed": {
    meaning: "A host function that the plugin called threw or returned a value outside the contract.",
    hint: "mend the host function; the cause has the original error",
  },
  "exit-unexpected": {
    meaning: "A program ended with an exit code that its manifest does not map to a result.",
    hint: "map the exit code in the manifest or read the program's stderr below",
  },
  unavailable: {
    meaning: "The plugin crashed too often and its circuit is open.",
    hint: "wait until it is retried, or mend the plugin and load it again",
  },
  quarantined: {
    meaning: "The plugin was put out of service, by an operator or because its circuit opened too often.",
    hint: "mend the plugin, then host.release(id)",
  },
  "upgrade-failed": {
    meaning: "The new version of a plugin did not take over; the one before goes on serving.",
    hint: "read the notes, mend the new version and upgrade again",
  },
  "session-closed": { meaning: "The plugin was closed before or during the call.", hint: "load the plugin again" },
  "host-shutdown": { meaning: "The host is shutting down and takes no more calls.", hint: "nothing to do" },
  usage: { meaning: "A command line is wrong.", hint: "run the command with --help" },
  internal: { meaning: "A fault in Tenon itself.", hint: "please report it with the stack" },
} as const;

/** One of the closed set of codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether a failed call may already have had effects; only `none` is safe to repeat. */
export type SideEffects = "none" | "unknown";

/** A JSON value, the form in which error details cross every boundary. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface TenonErrorOptions {
  /** What to do; replaces the table's hint for this code. */
  readonly hint?: string | undefined;
  readonly plugin?: string | undefined;
  readonly boundary?: string | undefined;
  /** The function that was called, as `interface.function`. */
  readonly call?: string | undefined;
  /** Default `unknown`, because claiming `none` wrongly would invite a double effect. */
  readonly sideEffects?: SideEffects | undefined;
  /** Facts that explain the failure (stderr tail, versions found and needed), one per line. */
  readonly notes?: readonly string[] | undefined;
  /** Machine-readable extras; must be JSON. */
  readonly details?: Json | undefined;
  readonly cause?: unknown;
}

/** The JSON form that survives every boundary; the cause's stack is never part of it. */
export interface TenonErrorJson {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
  readonly plugin?: string;
  readonly boundary?: string;
  readonly call?: string;
  readonly sideEffects: SideEffects;
  readonly notes?: readonly string[];
  readonly details?: Json;
}

const BRAND: unique symbol = Symbol.for("tenon.error") as never;

/** Longest text taken over from foreign errors: a plugin's message is data, not a way to fill the host's log. */
const MAX_FOREIGN_TEXT = 2048;

/**
 * The one error that Tenon throws. `message` is `[code] what happened; what to do`.
 * A plugin's own WIT `result` error is never thrown: it is a value `{ tag: "err", val }`.
 * `instanceof TenonError` holds across duplicate copies of the package and across realms.
 */
export class TenonError extends Error {
  override readonly name: string = "TenonError";
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
  readonly plugin: string | undefined;
  readonly boundary: string | undefined;
  readonly call: string | undefined;
  readonly sideEffects: SideEffects;
  readonly notes: readonly string[];
  readonly details: Json | undefined;

  constructor(code: ErrorCode, what: string, options: TenonErrorOptions = {}) {
    const hint = options.hint ?? ERROR_CODES[code].hint;
    super(`[${code}] ${what}; ${hint}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.what = what;
    this.hint = hint;
    this.plugin = options.plugin;
    this.boundary = options.boundary;
    this.call = options.call;
    this.sideEffects = options.sideEffects ?? "unknown";
    this.notes = options.notes ?? [];
    this.details = options.details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // Subclasses keep the ordinary prototype test, or every TenonError would pass as a WitError.
    if (this !== TenonError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /**
   * Turns anything thrown into a TenonError: a TenonError stays itself (missing context and notes are added to a copy), every
   * other value becomes `code` (default `internal`) with the value as cause and its text, capped, as what happened.
   */
  static from(thrown: unknown, code: ErrorCode = "internal", context: TenonErrorOptions = {}): TenonError {
    if (thrown instanceof TenonError) return thrown.with(context);
    return new TenonError(code, describeThrown(thrown), { cause: thrown, ...context });
  }

  /** This error with `context` filled in where it says nothing yet; itself when nothing is added. */
  with(context: TenonErrorOptions): TenonError {
    const adds =
      (this.plugin === undefined && context.plugin !== undefined) ||
      (this.boundary === undefined && context.boundary !== undefined) ||
      (this.call === undefined && context.call !== undefined) ||
      (this.notes.length === 0 && (context.notes?.length ?? 0) > 0);
    if (!adds) return this;
    const copy = new TenonError(this.code, this.what, {
      hint: this.hint,
      plugin: this.plugin ?? context.plugin,
      boundary: this.boundary ?? context.boundary,
      call: this.call ?? context.call,
      sideEffects: this.sideEffects,
      notes: this.notes.length > 0 ? this.notes : context.notes,
      details: this.details,
      cause: this.cause,
    });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  toJSON(): TenonErrorJson {
    return {
      code: this.code,
      what: this.what,
      hint: this.hint,
      ...(this.plugin !== undefined && { plugin: this.plugin }),
      ...(this.boundary !== undefined && { boundary: this.boundary }),
      ...(this.call !== undefined && { call: this.call }),
      sideEffects: this.sideEffects,
      ...(this.notes.length > 0 && { notes: this.notes }),
      ...(this.details !== undefined && { details: this.details }),
    };
  }

  /**
   * Reads the JSON form back. Total: foreign JSON of any shape gives an error (unknown codes become `plugin-trap`),
   * with every text capped and free of control characters.
   */
  static fromJSON(json: unknown): TenonError {
    const from: Record<string, unknown> = typeof json === "object" && json !== null ? { ...json } : {};
    const text = (key: string): string | undefined => {
      const value = from[key];
      return typeof value === "string" ? terminalSafe(value.slice(0, MAX_FOREIGN_TEXT)) : undefined;
    };
    const code = text("code");
    const notes = from["notes"];
    return new TenonError(
      isErrorCode(code) ? code : "plugin-trap",
      text("what") ?? text("message") ?? "an error without a message",
      {
        hint: text("hint"),
        plugin: text("plugin"),
        boundary: text("boundary"),
        call: text("call"),
        sideEffects: from["sideEffects"] === "none" ? "none" : "unknown",
        notes: Array.isArray(notes)
          ? notes
              .filter((note): note is string => typeof note === "string")
              .slice(0, 32)
              .map((note) => terminalSafe(note.slice(0, MAX_FOREIGN_TEXT)))
          : undefined,
        details: from["details"] as Json | undefined,
      },
    );
  }
}

/** Whether `value` is one of the closed set of codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_CODES, value);
}

/** One line about any thrown value; never throws itself, whatever getters the value has. */
export function describeThrown(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `threw ${String(thrown)}`;
    return text.length > MAX_FOREIGN_TEXT ? `${text.slice(0, MAX_FOREIGN_TEXT)}...` : text;
  } catch {
    // A hostile toString or getter threw in turn; there is nothing more to say about such a value.
    return "threw a value that cannot be described";
  }
}
