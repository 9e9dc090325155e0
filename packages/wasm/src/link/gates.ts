// The brackets around every call into and out of a component instance: may it be entered, is it still alive, are all
// borrowed handles back (CanonicalABI.md, "Embedding API" and "Subtask State").
import type { TenonError } from "@tenon/contract/core";
import type { CallGate } from "@tenon/abi/canonical";
import { Task } from "../async/task.ts";
import { trapOf } from "./handle-table.ts";
import type { BorrowScope } from "./handle-table.ts";
import type { ComponentInstance } from "./instance.ts";
import { GuestHandle } from "./resources.ts";

/**
 * What the owner of a component has around the calls between it and the host: budgets, clocks, the end of the guest.
 * `enter` to `fail` are of calls into it, as in `CallGate`; the others of the host functions that it calls.
 */
export interface OwnerGate {
  enter(): void;
  /** As in `CallGate`. */
  enterUnfilled?(): boolean;
  exit(): void;
  fail(error: TenonError, thrown: unknown): TenonError;
  /** Throws to refuse the call; `failHost` is told of it then. */
  enterHost(): void;
  exitHost(): void;
  failHost(error: TenonError): TenonError;
}

/** The owner is told even where the instance died of something else than a call, such as a stream that was read. */
function refused(instance: ComponentInstance, owner: OwnerGate | undefined): TenonError {
  const error = instance.refusal();
  if (owner === undefined || instance.trap === undefined) return error;
  owner.enter();
  return owner.fail(error, error);
}

/** A call that enters one instance only: the host's calls of a component that stands alone. */
export class EntryGate implements CallGate {
  readonly #instance: ComponentInstance;
  readonly #owner: OwnerGate | undefined;

  constructor(instance: ComponentInstance, owner: OwnerGate | undefined) {
    this.#instance = instance;
    this.#owner = owner;
  }

  enter(): void {
    const instance = this.#instance;
    if (!instance.mayEnter) throw refused(instance, this.#owner);
    this.#owner?.enter();
    instance.mayEnter = false;
  }

  enterUnfilled(): boolean {
    const instance = this.#instance;
    if (!instance.mayEnter) throw refused(instance, this.#owner);
    // Where there is an owner that fills, there is one with this.
    const isUnfilled = this.#owner?.enterUnfilled?.() === true;
    instance.mayEnter = false;
    return isUnfilled;
  }

  exit(): void {
    const instance = this.#instance;
    // A guest can catch the error of an import that killed it; the call must not end well all the same.
    if (instance.trap !== undefined) throw instance.trap;
    this.#owner?.exit();
    instance.mayEnter = true;
  }

  fail(error: TenonError, thrown: unknown): TenonError {
    this.#instance.poison(error);
    return this.#owner === undefined ? error : this.#owner.fail(error, thrown);
  }
}

/** The general case: several instances at once, and borrowed handles that must be back at the end. */
export class NestedEntryGate implements CallGate {
  readonly #entered: readonly ComponentInstance[];
  readonly #callee: ComponentInstance;
  readonly #usesTasks: boolean;
  readonly #owner: OwnerGate | undefined;
  readonly #before: { readonly scope: BorrowScope | undefined; readonly task: Task | undefined }[] = [];

  /** `entered` may be empty: an instance that is called by what runs inside it. */
  constructor(
    callee: ComponentInstance,
    entered: readonly ComponentInstance[],
    usesTasks: boolean,
    owner: OwnerGate | undefined,
  ) {
    this.#callee = callee;
    this.#entered = entered;
    this.#usesTasks = usesTasks;
    this.#owner = owner;
  }

  enter(): void {
    if (this.#callee.trap !== undefined) throw refused(this.#callee, this.#owner);
    for (const one of this.#entered) if (!one.mayEnter) throw refused(one, this.#owner);
    this.#owner?.enter();
    for (const one of this.#entered) one.mayEnter = false;
    const callee = this.#callee;
    this.#before.push({ scope: callee.borrowScope, task: callee.task });
    callee.borrowScope = { borrows: 0 };
    if (this.#usesTasks) callee.task = new Task(callee, undefined, undefined);
  }

  exit(): void {
    const callee = this.#callee;
    if (callee.trap !== undefined) throw callee.trap;
    if ((callee.borrowScope?.borrows ?? 0) > 0) throw trapOf("borrow handles still remain at the end of the call");
    const before = this.#before.pop();
    callee.borrowScope = before?.scope;
    callee.task = before?.task;
    for (const one of this.#entered) if (one.trap !== undefined) throw one.trap;
    this.#owner?.exit();
    for (const one of this.#entered) one.mayEnter = true;
  }

  fail(error: TenonError, thrown: unknown): TenonError {
    this.#callee.poison(error);
    for (const one of this.#entered) one.poison(error);
    return this.#owner === undefined ? error : this.#owner.fail(error, thrown);
  }
}

/** A call of an import: what it was lent is whole again afterwards, and what it threw kills the instance. */
export class ImportGate implements CallGate {
  readonly #instance: ComponentInstance;
  /** Undefined where the callee is another component. */
  readonly #owner: OwnerGate | undefined;
  readonly #marks: number[] = [];

  constructor(instance: ComponentInstance, owner: OwnerGate | undefined) {
    this.#instance = instance;
    this.#owner = owner;
  }

  enter(): void {
    this.#owner?.enterHost();
    this.#marks.push(this.#instance.loans.length);
  }

  exit(): void {
    this.#owner?.exitHost();
    const { loans } = this.#instance;
    const mark = this.#marks.pop() ?? 0;
    while (loans.length > mark) {
      const loan = loans.pop();
      if (loan === undefined) break;
      loan.entry.lends -= 1;
      if (loan.value instanceof GuestHandle) loan.value.expire();
    }
  }

  fail(error: TenonError): TenonError {
    this.#instance.poison(error);
    return this.#owner === undefined ? error : this.#owner.failHost(error);
  }
}

/** The same where nothing can be lent. */
export class PlainImportGate implements CallGate {
  readonly #instance: ComponentInstance;
  readonly #owner: OwnerGate | undefined;

  constructor(instance: ComponentInstance, owner: OwnerGate | undefined) {
    this.#instance = instance;
    this.#owner = owner;
  }

  enter(): void {
    this.#owner?.enterHost();
  }

  exit(): void {
    this.#owner?.exitHost();
  }

  fail(error: TenonError): TenonError {
    this.#instance.poison(error);
    return this.#owner === undefined ? error : this.#owner.failHost(error);
  }
}
