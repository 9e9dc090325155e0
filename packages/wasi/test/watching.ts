// A guard that lets everything through and keeps what it is told, for tests that run with and without one.
import assert from "node:assert/strict";
import type { AccessGuard } from "@tenon/wasi";

export class Watching implements AccessGuard {
  readonly told: { readonly path: string; readonly isAllowed: boolean }[] = [];
  readonly allowsFile = (): boolean => true;
  readonly noteFile = (path: string, _mode: string, isAllowed: boolean): void => {
    this.told.push({ path, isAllowed });
  };
  readonly noteNetwork = (): void => {};

  /** What was let through is named by where it is: no way out is in its path. */
  checkPaths(): void {
    for (const { path, isAllowed } of this.told)
      if (isAllowed) assert.ok(!path.split("/").includes(".."), `${path} is no path that leads nowhere else`);
  }
}
