// What the interfaces of preview2 work on, and how their functions become imports of a component.
import type { WasiContext } from "../core/context.ts";
import { Fault } from "../core/fault.ts";
import { ERROR_CODE } from "./error-codes.table.ts";

export interface ComponentGuest {
  readonly context: WasiContext;
  /** Files and directories that are open, streams on files included. */
  readonly open: Set<{ close(): void }>;
  /** Set once the guest has ended: no call does anything from then on. */
  ended?: Error;
}

/** A WIT `result` in JavaScript. */
export type Result<T> = { readonly tag: "ok"; readonly val: T } | { readonly tag: "err"; readonly val: unknown };

/** A function of an interface, by the mapping of WIT to JavaScript; the handle of a method comes first. */
export type Preview2Function = (...args: readonly unknown[]) => unknown;
/** The functions of an interface by their WIT names (`[method]descriptor.stat`), and its resource types. */
export type Preview2Interface = Readonly<Record<string, Preview2Function | { readonly resource: ResourceType }>>;
export interface ResourceType {
  readonly accepts: (value: object) => boolean;
}

export type Member = ((...args: never) => unknown) | { readonly resource: ResourceType };

/** The linker has checked every argument against the component's own types, so members state theirs and are not checked again. */
export function defineInterface(guest: ComponentGuest, members: Readonly<Record<string, Member>>): Preview2Interface {
  const made: Record<string, Preview2Interface[string]> = Object.create(null);
  for (const [name, member] of Object.entries(members)) {
    made[name] = typeof member === "function" ? guarded(guest, member as Preview2Function) : member;
  }
  return made;
}

export function resource(type: abstract new (...args: never) => object): { readonly resource: ResourceType } {
  return { resource: { accepts: (value) => value instanceof type } };
}

function guarded(guest: ComponentGuest, call: Preview2Function): Preview2Function {
  return (...args) => {
    // A guest can catch what ends it; it gets it again with its next call.
    if (guest.ended !== undefined) throw guest.ended;
    try {
      return call(...args);
    } catch (thrown) {
      guest.ended = thrown instanceof Error ? thrown : new Error(String(thrown));
      throw thrown;
    }
  };
}

/** Faults become the error code of the `result`; everything else ends the guest. */
export function fallible<Args extends readonly unknown[], T>(act: (...args: Args) => T): (...args: Args) => Result<T> {
  return (...args) => {
    try {
      return { tag: "ok", val: act(...args) };
    } catch (thrown) {
      if (thrown instanceof Fault) return { tag: "err", val: ERROR_CODE[thrown.code] };
      throw thrown;
    }
  };
}

/** Takes a handle into the guest's count. Throws `mfile` beyond its limit, with the handle closed. */
export function adopt<T extends { close(): void }>(guest: ComponentGuest, handle: T): T {
  try {
    guest.context.budget.holdFile();
  } catch (thrown) {
    handle.close();
    throw thrown;
  }
  guest.open.add(handle);
  return handle;
}

export function release(guest: ComponentGuest, handle: { close(): void }): void {
  if (!guest.open.delete(handle)) return;
  guest.context.budget.releaseFile();
  handle.close();
}
