// The grants of a guest's plugin -> what WASI asks about each file and place, and one line of the audit log for each.
import type { Granted } from "@tenon/host/driver";
import { resolveFs, resolveNet, type Grants, type Kind, type Verdict } from "@tenon/policy";
import type { AccessGuard, AccessMode } from "@tenon/wasi";

/** As data, because guests may run on another thread. */
export interface WatchedGrants {
  readonly grants: Grants;
  /** Names of the roots that folders of the guest begin with: `/project/pages` is below `project`. */
  readonly roots: readonly string[];
}

/** One line of the audit log. */
export interface AccessNote {
  readonly kind: Kind;
  readonly argument: string;
  readonly verdict: Verdict;
}

/** Files and places that are told of one instance; each is told once. */
const MAX_NOTES = 1000;
const OWN: Verdict = { isAllowed: true, rule: "the plugin's own folder" };

export function watched({ grants, roots }: Granted): WatchedGrants {
  return { grants, roots: Object.keys(roots) };
}

/** For one instance. */
export function guardOf({ grants, roots }: WatchedGrants, report: (note: AccessNote) => void): AccessGuard {
  const told = new Set<string>();
  const note = (kind: Kind, argument: string, verdict: Verdict): void => {
    const key = `${kind} ${argument} ${verdict.isAllowed}`;
    if (told.has(key) || told.size > MAX_NOTES) return;
    told.add(key);
    const isLast = told.size > MAX_NOTES;
    report({ kind, argument: isLast ? `(more than ${MAX_NOTES} files and places)` : argument, verdict });
  };
  const judge = (path: string, mode: AccessMode): Verdict => {
    const rooted = rootedOf(path, roots);
    return rooted === undefined ? OWN : resolveFs(grants, rooted, mode);
  };
  return {
    allowsFile: (path, mode) => judge(path, mode).isAllowed,
    noteFile: (path, mode, isAllowed) => {
      const { rule } = judge(path, mode);
      note("fs", `${mode} ${rootedOf(path, roots) ?? path}`, {
        isAllowed,
        rule:
          isAllowed || !judge(path, mode).isAllowed ? rule : "WASI keeps a guest to its folders, and to reading them",
      });
    },
    noteNetwork: (host, port, isAllowed) => {
      const place = host.includes(":") ? `[${host}]` : host;
      const { left, rule } = resolveNet(grants, { host: host.toLowerCase(), port: port === 0 ? "*" : port });
      note("net", port === 0 ? place : `${place}:${port}`, {
        isAllowed,
        rule: isAllowed || left.length === 0 ? rule : "its address is not open to a granted name",
      });
    },
  };
}

/** `/project/pages/../a` -> `${project}/a`; undefined for the plugin's own folders. */
function rootedOf(path: string, roots: readonly string[]): string | undefined {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const [root, ...rest] = segments;
  return root !== undefined && roots.includes(root) ? [`\${${root}}`, ...rest].join("/") : undefined;
}
