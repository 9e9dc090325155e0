// Names and what they are bound to, one scope inside the other.
import { Value } from "./values";

export class Environment {
  private names: Map<string, Value> = new Map();

  constructor(private outer: Environment | null) {}

  define(name: string, value: Value): void {
    this.names.set(name, value);
  }

  find(name: string): Value | null {
    let scope: Environment | null = this;
    while (scope) {
      if (scope.names.has(name)) return scope.names.get(name);
      scope = scope.outer;
    }
    return null;
  }
}
