// What every mechanism of sandboxes does: from a plan, the command that starts the program in one.
import type { SandboxNeeds } from "@tenon/policy";

/** A path that the program sees, at the same place as the host, read-only or not; links are seen as links. */
export interface Seen {
  readonly path: string;
  readonly is: "readable" | "writable" | "link";
  /** What a link says. */
  readonly target?: string;
}

/** Everything about one start. */
export interface SandboxPlan {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; one that the program sees. */
  readonly cwd: string;
  readonly seen: readonly Seen[];
  /** An empty folder of this start alone, which a mechanism may use; whoever made it removes it. */
  readonly folder: string;
  readonly needs: SandboxNeeds;
  /** The file by which the program's first process enters its group, before anything else; undefined where it has none. */
  readonly entrance?: string | undefined;
  /** The socket of the proxy to the network, which the program sees; undefined where it has none. */
  readonly proxy?: string | undefined;
}

/** How to start it. */
export interface SandboxLaunch {
  readonly program: string;
  readonly args: readonly string[];
  /** What its descriptors from 3 on read. */
  readonly inputs: readonly Uint8Array[];
}

/** One way to confine a process. */
export interface Mechanism {
  readonly id: "namespaces" | "bubblewrap" | "landlock";
  readonly title: string;
  /** What it needs of the machine, and how to get that. */
  readonly remedy: string;
  /** Undefined where what it starts with is here; a reason otherwise. Whether it works is found out by starting something. */
  readonly missing: () => string | undefined;
  readonly serves: (needs: SandboxNeeds) => boolean;
  /** Where the program may put what it likes; `folder` is that of the plan. */
  readonly home: (folder: string) => string;
  readonly launch: (plan: SandboxPlan) => SandboxLaunch;
}
