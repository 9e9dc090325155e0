// The handles of one component instance: numbers that its code holds -> resources (CanonicalABI.md, "Table State").
import type { CallBudget } from "@tenon/abi";
import { TenonError } from "@tenon/contract/core";
import type { RuntimeResource } from "./resources.ts";

/** A call during which borrowed handles were given to an instance; it must give all of them back. */
export interface BorrowScope {
  borrows: number;
}

export interface HandleEntry {
  readonly resource: RuntimeResource;
  /** What the implementer of the resource knows it by. */
  readonly rep: number;
  readonly isOwn: boolean;
  /** How many calls that run now were lent this handle. */
  lends: number;
  readonly scope: BorrowScope | undefined;
}

/** What an async builtin keeps in the same table, told apart by its class. */
export type TableItem = HandleEntry | { readonly waitable: unknown };

export class HandleTable {
  readonly #items: (TableItem | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #budget: CallBudget;

  /** Handles are held from `budget`, which all instances of a component share. */
  constructor(budget: CallBudget) {
    this.#budget = budget;
  }

  /** Handles in use. */
  get size(): number {
    return this.#items.length - 1 - this.#free.length;
  }

  add(item: TableItem): number {
    this.#budget.holdHandle();
    const free = this.#free.pop();
    if (free !== undefined) {
      this.#items[free] = item;
      return free;
    }
    return this.#items.push(item) - 1;
  }

  get(handle: number): TableItem {
    return this.#items[handle] ?? unknownHandle(handle);
  }

  remove(handle: number): TableItem {
    const item = this.get(handle);
    this.#items[handle] = undefined;
    this.#budget.handles -= 1;
    this.#free.push(handle);
    return item;
  }

  /** The entry of a resource of exactly this type. */
  resource(handle: number, resource: RuntimeResource): HandleEntry {
    const item = this.get(handle);
    if (!("rep" in item)) throw trapOf(`handle ${handle} is no resource: unknown handle index ${handle}`);
    if (item.resource !== resource) {
      throw trapOf(
        `handle index ${handle} used with the wrong type, expected guest-defined resource but found another`,
      );
    }
    return item;
  }

  /** Everything that is still there, for the end of an instance. */
  *entries(): Iterable<HandleEntry> {
    for (const item of this.#items) if (item !== undefined && "rep" in item) yield item;
  }
}

function unknownHandle(handle: number): never {
  throw trapOf(`unknown handle index ${handle}`);
}

/** A trap of the canonical ABI: the guest broke its rules. */
export function trapOf(what: string): TenonError {
  return new TenonError("plugin-trap", what);
}
