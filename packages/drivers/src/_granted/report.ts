// Lines of the audit log from a guest's own thread to the host: a channel that the two share by name, and nobody else knows.
import { randomUUID } from "node:crypto";
import { BroadcastChannel } from "node:worker_threads";
import type { Granted, Session } from "@tenon/host/driver";
import { KINDS } from "@tenon/policy";
import type { AccessNote } from "./guard.ts";

/** A name that the guest's thread is told, and what is heard by it. `until` is the session whose end is its end. */
export interface Reports {
  readonly channel: string;
  readonly until: (session: Session) => Session;
  readonly close: () => void;
}

export function hearReports({ audit }: Granted): Reports {
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

function readNote(data: unknown): AccessNote | undefined {
  const { kind, argument, verdict } = (data ?? {}) as Partial<AccessNote>;
  const isNote =
    KINDS.some((known) => known === kind) &&
    typeof argument === "string" &&
    typeof verdict?.isAllowed === "boolean" &&
    typeof verdict.rule === "string";
  return isNote ? { kind: kind!, argument, verdict } : undefined;
}
