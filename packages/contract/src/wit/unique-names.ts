// Keeps the names of one scope apart: WIT labels are case-insensitive, so `get-url` and `get-URL` are one name.

import type { Id } from "./ast.ts";
import { Fault, quoted } from "./diagnostic.ts";

export class UniqueNames {
  readonly #taken = new Map<string, string>();

  /** Throws a Fault when the name is taken. */
  claim(id: Id, what?: string): void {
    const key = id.name.toLowerCase();
    const taken = this.#taken.get(key);
    if (taken !== undefined) throw UniqueNames.fault(id, taken, what);
    this.#taken.set(key, id.name);
  }

  static fault(id: Id, taken: string = id.name, what?: string): Fault {
    if (taken !== id.name) {
      return new Fault(
        id,
        `name ${quoted(id.name)} conflicts with ${quoted(taken)} (kebab-case identifiers are case-insensitive)`,
      );
    }
    return new Fault(
      id,
      what === undefined ? `name ${quoted(id.name)} is defined more than once` : `${what} ${quoted(id.name)}`,
    );
  }
}
