// What the audit log says of one use or denial of a capability.
import type { Kind } from "./capabilities.ts";

/** One line of the log, as JSON. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly plugin: string;
  readonly boundary: string;
  readonly capability: Kind | "load";
  /** What it was about: a path, a host, a name; never a value of a variable. At most 256 characters. */
  readonly argument: string;
  readonly decision: "allowed" | "denied";
  /** What decided. */
  readonly rule: string;
}

export type AuditSink = (record: AuditRecord) => void;

const MAX_ARGUMENT = 256;
/** What looks like a secret in arguments of programs and in URLs. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, "$1***@"],
  [
    /((?:^|[\s\-_"'&?;])\w{0,32}(?:password|passwd|secret|token|api[-_]?key|credential)\w{0,32}["']?(?:\s?[=:]\s?|\s))[^\s&]+/gi,
    "$1***",
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, "$1 ***"],
];

/** The record, with its argument cut and what looks like a secret in it replaced. */
export function auditRecord(fields: Omit<AuditRecord, "time">, now: Date = new Date()): AuditRecord {
  return { time: now.toISOString(), ...fields, argument: redact(fields.argument) };
}

/** Texts with `***` where a secret seems to be. */
export function redact(text: string): string {
  const cut = text.slice(0, MAX_ARGUMENT * 2);
  const clean = SECRETS.reduce((left, [pattern, by]) => left.replace(pattern, by), cut);
  return clean.length > MAX_ARGUMENT ? `${clean.slice(0, MAX_ARGUMENT - 1)}…` : clean;
}
