// Lines of the audit log from a guest's own thread or process to the host: over a channel that the threads share by name, and nobody
// else knows; from there over the link between the processes.
import { randomUUID } from "node:crypto";
import { BroadcastChannel } from "node:worker_threads";
import { TenonError } from "@tenon/contract/core";
import type { Granted, Session } from "@tenon/host/driver";
import { KINDS } from "@tenon/policy";
import type { AccessNote } from "./guard.ts";

/** A name that the guest's thread is told, and what is heard by it. `until` is the session whose end is its end. */
export interface Reports {
  readonly channel: string;
  readonly until: (session: Session) => Session;
  readonly close: () => void;
}

export function hearReports({ audit }: Pick<Granted, "audit">): Reports {
  const name = `tenon-audit-${randomUUID()}`;
  const channel = new BroadcastChannel(name);
  channel.unref();
  channel.onmessage = (event) => {
    const note = readNote((event as { readonly data?: unknown }).data);
    if (note !== undefined) audit(note.kind, note.argument, note.verdict);
  };
  // A turn later: what the guest said last is on its way.
  const close = (): void => void setImmediate(() => channel.close());
  return {
    channel: name,
    until: (session) => {
      void session.closed.then(close);
      return session;
    },
    close,
  };
}

/** For the guest's thread. */
export function reportTo(name: string): (note: AccessNote) => void {
  const channel = new BroadcastChannel(name);
  channel.unref();
  return (note) => channel.postMessage(note);
}

/** Of what a guest can do in a process of its own; the rest is told by the host itself. */
const OF_GUESTS: readonly unknown[] = ["fs", "net"];
/** More than the audit log keeps of an argument. */
const MAX_TEXT = 512;
/** Both texts, each of whose characters JSON may write as six. */
const MAX_NOTE = 2 * 6 * MAX_TEXT + 256;
/** As many files and places as one instance tells of; a process may have several of them, but not without end. */
const MAX_NOTES_PER_S = 1000;

/** In the guest's process: what was heard, as the text of a note. */
export function noteOf(...[kind, argument, { isAllowed, rule }]: Parameters<Granted["audit"]>): string {
  const verdict = { isAllowed, rule: rule.slice(0, MAX_TEXT) };
  return JSON.stringify({ kind, argument: argument.slice(0, MAX_TEXT), verdict });
}

/**
 * In the host: takes the notes of one process. It runs our code and may be broken: what is no note is `protocol-error`, and of those
 * that come faster than any guest's should, all but one in a second are dropped.
 */
export function takeNotes({ audit }: Pick<Granted, "audit">): (text: string) => void {
  let since = 0;
  let count = 0;
  return (text) => {
    const note = text.length <= MAX_NOTE ? readNote(parsed(text)) : undefined;
    if (note === undefined || !OF_GUESTS.includes(note.kind))
      throw new TenonError("protocol-error", "a note is no use of a file or place");
    const now = performance.now();
    if (now - since >= 1000) [since, count] = [now, 0];
    count++;
    if (count > MAX_NOTES_PER_S + 1) return;
    const isLast = count > MAX_NOTES_PER_S;
    const argument = isLast ? `(more than ${MAX_NOTES_PER_S} files and places in a second)` : note.argument;
    audit(note.kind, argument, { isAllowed: note.verdict.isAllowed, rule: note.verdict.rule.slice(0, MAX_TEXT) });
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Nothing that a note could be.
    return undefined;
  }
}

function readNote(data: unknown): AccessNote | undefined {
  const { kind, argument, verdict } = (data ?? {}) as Partial<AccessNote>;
  const isNote =
    KINDS.some((known) => known === kind) &&
    typeof argument === "string" &&
    typeof verdict?.isAllowed === "boolean" &&
    typeof verdict.rule === "string";
  return isNote ? { kind: kind!, argument, verdict } : undefined;
}
