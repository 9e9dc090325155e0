// Those who wait for a session: one promise for all of them.
import type { TenonError } from "@tenon/contract/core";
import type { Session } from "./driver.ts";

export class Waiters {
  readonly promise: Promise<Session>;
  resolve!: (session: Session) => void;
  reject!: (error: TenonError) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => ([this.resolve, this.reject] = [resolve, reject]));
    // Each call that waits handles it; an upgrade that waits for a start has no need to.
    this.promise.catch(() => {});
  }
}
