// Resources while components run: whose they are, what stands for them in JavaScript, and how handles become either.
import { TenonError, describeThrown } from "@tenon/contract/core";
import type { HandleType } from "@tenon/contract/core";
import type { CanonicalHandles } from "@tenon/abi/canonical";
import { trapOf } from "./handle-table.ts";
import type { HandleEntry } from "./handle-table.ts";
import type { ComponentInstance } from "./instance.ts";

type GuestClass = new (resource: RuntimeResource, rep: number, isOwn: boolean) => GuestHandle;

/** One resource type of one instance, or of the host. Two are the same type exactly if they are the same object. */
export class RuntimeResource {
  /** The instance that implements it; undefined for the host's. */
  readonly impl: ComponentInstance | undefined;
  readonly dtor: ((rep: number) => void) | undefined;
  /** For messages; the name under which it was exported. */
  name = "";
  /** What stands for it in JavaScript; a driver puts a class with the resource's methods here. */
  guestClass: GuestClass = GuestHandle;
  readonly #accepts: ((value: object) => boolean) | undefined;
  readonly #objects = new Map<number, object>();
  #next = 1;

  private constructor(
    impl: ComponentInstance | undefined,
    dtor: ((rep: number) => void) | undefined,
    accepts: ((value: object) => boolean) | undefined,
  ) {
    this.impl = impl;
    this.dtor = dtor;
    this.#accepts = accepts;
  }

  static ofGuest(impl: ComponentInstance, dtor: ((rep: number) => void) | undefined): RuntimeResource {
    return new RuntimeResource(impl, dtor, undefined);
  }

  /** A resource of the host: its objects cross as they are. `accepts` says which are of this type; default all. */
  static ofHost(name: string, accepts?: (value: object) => boolean): RuntimeResource {
    const made = new RuntimeResource(undefined, undefined, accepts);
    made.name = name;
    return made;
  }

  /** Throws `handle-invalid` for what is not of this type or cannot be given any more. */
  check(value: unknown, kind: "own" | "borrow"): void {
    if (typeof value !== "object" || value === null) throw this.#refuse("is no object");
    if (this.impl === undefined) {
      if (this.#accepts !== undefined && !this.#accepts(value)) throw this.#refuse("is of another type");
      return;
    }
    if (!(value instanceof GuestHandle) || value.resource !== this)
      throw this.#refuse("is of another type or instance");
    value.checkUse(kind);
  }

  #refuse(why: string): TenonError {
    return new TenonError("handle-invalid", `a handle of the resource ${this.name || "(unnamed)"} ${why}`, {
      sideEffects: "none",
    });
  }

  /** The number that stands for a value while a guest holds it. */
  repOf(value: unknown, kind: "own" | "borrow"): number {
    this.check(value, kind);
    if (this.impl === undefined) {
      // Numbers of dropped objects come around again only after 2^31 others.
      while (this.#objects.has(this.#next)) this.#next = (this.#next % 0x7fff_ffff) + 1;
      this.#objects.set(this.#next, value as object);
      return this.#next++;
    }
    const handle = value as GuestHandle;
    return kind === "own" ? handle.give() : handle.rep;
  }

  /** What stands for a number in JavaScript; an own handle moves out. */
  valueOf(rep: number, isOwn: boolean): object {
    if (this.impl !== undefined) return new this.guestClass(this, rep, isOwn);
    const value = this.#objects.get(rep);
    if (value === undefined) throw new TenonError("internal", `the host's resource ${this.name} has no object ${rep}`);
    if (isOwn) this.#objects.delete(rep);
    return value;
  }

  /** Ends a borrow that was made for one call. */
  forget(rep: number): void {
    this.#objects.delete(rep);
  }

  /** The owner has dropped it. `from` is the instance that did, undefined for the host. */
  drop(rep: number, from: ComponentInstance | undefined): void {
    if (this.impl === undefined) {
      const value: Partial<Disposable> | undefined = this.#objects.get(rep);
      this.#objects.delete(rep);
      if (typeof value?.[Symbol.dispose] === "function") callHost(() => value[Symbol.dispose]?.());
    } else if (this.dtor !== undefined) this.impl.runInside(from, this.dtor, rep);
  }
}

function callHost(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    throw TenonError.from(thrown, "host-function-failed", { notes: [describeThrown(thrown)] });
  }
}

/**
 * A guest's resource in JavaScript. The host owns it until it passes it on or disposes it; one that was lent for a call
 * is dead when the call is over.
 */
export class GuestHandle {
  readonly resource: RuntimeResource;
  readonly rep: number;
  readonly isOwn: boolean;
  #isAlive = true;

  constructor(resource: RuntimeResource, rep: number, isOwn: boolean) {
    this.resource = resource;
    this.rep = rep;
    this.isOwn = isOwn;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Throws `handle-invalid` when it cannot be used in this way. */
  checkUse(kind: "own" | "borrow"): void {
    const why = !this.#isAlive
      ? "was dropped or given away"
      : kind === "own" && !this.isOwn
        ? "is only lent"
        : undefined;
    if (why === undefined) return;
    throw new TenonError("handle-invalid", `a handle of the resource ${this.resource.name || "(unnamed)"} ${why}`, {
      sideEffects: "none",
    });
  }

  /** Moves it out of the host's hands. */
  give(): number {
    this.checkUse("own");
    this.#isAlive = false;
    return this.rep;
  }

  /** It was lent for a call that is over. */
  expire(): void {
    this.#isAlive = false;
  }

  /** Drops the resource; its destructor runs now. Nothing happens when it is gone already. */
  [Symbol.dispose](): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    if (this.isOwn) this.resource.drop(this.rep, undefined);
  }
}

/** Handles that were lent to a call of an import, and have to be whole again when it is over. */
export interface Loan {
  readonly entry: HandleEntry;
  readonly value: object;
}

/** How the values of one instance's calls cross; `type.resource` is a slot of the instance. */
export class InstanceHandles implements CanonicalHandles {
  readonly #instance: ComponentInstance;

  constructor(instance: ComponentInstance) {
    this.#instance = instance;
  }

  check(value: unknown, type: HandleType): void {
    this.#instance.resourceAt(Number(type.resource)).check(value, type.kind);
  }

  /** component-model CanonicalABI.md, "lower_own" and "lower_borrow". */
  lower(value: unknown, type: HandleType): number {
    const instance = this.#instance;
    const resource = instance.resourceAt(Number(type.resource));
    const rep = resource.repOf(value, type.kind);
    if (type.kind === "own") return instance.handles.add({ resource, rep, isOwn: true, lends: 0, scope: undefined });
    if (resource.impl === instance) return rep;
    const scope = instance.borrowScope;
    if (scope === undefined) throw new TenonError("internal", "a borrow was lowered outside of a call");
    scope.borrows += 1;
    return instance.handles.add({ resource, rep, isOwn: false, lends: 0, scope });
  }

  /** component-model CanonicalABI.md, "lift_own" and "lift_borrow". */
  lift(handle: number, type: HandleType): unknown {
    const instance = this.#instance;
    const resource = instance.resourceAt(Number(type.resource));
    const entry = instance.handles.resource(handle, resource);
    if (type.kind === "borrow") {
      entry.lends += 1;
      const value = resource.valueOf(entry.rep, false);
      instance.loans.push({ entry, value });
      return value;
    }
    if (entry.lends > 0) throw trapOf("cannot remove owned resource while borrowed");
    if (!entry.isOwn) throw trapOf("cannot lift own resource from a borrow");
    instance.handles.remove(handle);
    return resource.valueOf(entry.rep, true);
  }
}
