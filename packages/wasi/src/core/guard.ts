// What stands beside a guest's grants: a resolver that is asked about each file and place, and hears what became of it.

/** Paths are the guest's own, canonical: links followed, no `..`; those that were refused are as the guest wrote them. */
export interface AccessGuard {
  /** Whether the operator lets it through; asked before, for what a mount or grant has. */
  readonly allowsFile: (path: string, mode: AccessMode) => boolean;
  readonly noteFile: (path: string, mode: AccessMode, isAllowed: boolean) => void;
  /** `host` is the name that was resolved, where there was one. */
  readonly noteNetwork: (host: string, port: number, isAllowed: boolean) => void;
}

export type AccessMode = "r" | "rw";
