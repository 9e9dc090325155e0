// An item of a contract, and the plugins that are there -> who breaks if it goes.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AdapterJudgement } from "@tenon/abi/adapt";
import { shortName, type Snapshot, type Verdict } from "@tenon/contract/evolution";
import type { UsageReport } from "@tenon/host";
import { MANIFEST_FILE, readManifest } from "@tenon/registry";
import { columns, type Paint } from "../terminal.ts";
import type { LoadedFolder } from "./folder.ts";
import { hostOf, type HostSide } from "./history.ts";
import { withoutItem, type WithoutItem } from "./without-item.ts";
import { statOf } from "../foreign-file.ts";

/** One plugin that was counted or is installed, and a contract version that it was built for. */
export interface Affected {
  readonly plugin: string;
  /** The frozen version; undefined where it is not among them: then nobody can say. */
  readonly version: string | undefined;
  readonly now: Verdict | undefined;
  readonly then: Verdict | undefined;
  /** Whether it would no longer load, or calls with some values would be refused, and that is not so now. */
  readonly breaks: boolean;
  /**
   * Counted calls of the item; of a field, a case or a flag, calls that carry its type, for nobody looks into values to count.
   * undefined where no host has counted them, which is so for what is not deprecated.
   */
  readonly calls: number | undefined;
  readonly lastUsed: string | undefined;
}

export interface Impact {
  readonly item: string;
  /** Those that go with it, or, of a field, a case or a flag, those that carry it. */
  readonly functions: readonly string[];
  /** Whether it is a field, a case or a flag. */
  readonly isMember: boolean;
  readonly plugins: readonly Affected[];
}

/** The digest that a plugin was built for; a manifest's word, where no host has seen the artifact yet. */
interface Built {
  readonly plugin: string;
  readonly digest: string;
  readonly lastUsed?: string;
}

export async function impactOf(
  folder: LoadedFolder,
  path: string,
  usage: UsageReport,
  pluginFolders: readonly string[],
): Promise<Impact> {
  const without = withoutItem(folder.head, path);
  const built = new Map<string, Built>();
  const counted = usage.contracts.filter(({ contract }) => contract.startsWith(`${folder.package}/`));
  for (const one of [...pluginFolders.flatMap((root) => installedIn(root, folder.package)), ...counted])
    built.set(`${one.plugin} ${one.digest}`, one);
  const known = knownVersions(folder);
  const judge = createJudge(await hostOf(folder), await hostOf(folder, without.snapshot));
  const plugins = [...built.values()].map(({ plugin, digest, lastUsed }): Affected => {
    const found = known.find(({ snapshot }) => snapshot.contract.digest === digest);
    const uses = usage.deprecated.filter(
      (use) => use.plugin === plugin && use.contract.startsWith(`${folder.package}/`) && isOf(without, use),
    );
    return {
      plugin,
      version: found?.version,
      ...judge(found?.snapshot),
      calls: callsOf(uses),
      lastUsed: uses[0]?.lastUsed ?? lastUsed,
    };
  });
  const { item, functions, type } = without;
  return { item: shortName(item), functions, isMember: type !== undefined, plugins };
}

function isOf({ item, functions, type }: WithoutItem, use: { readonly item: string; readonly path: string }): boolean {
  return use.item === (type ?? item) || functions.includes(use.path);
}

/** A call counts once for each deprecated thing that it has to do with. */
function callsOf(uses: readonly { readonly path: string; readonly calls: number }[]): number | undefined {
  const byPath = new Map<string, number>();
  for (const { path, calls } of uses) byPath.set(path, Math.max(calls, byPath.get(path) ?? 0));
  return uses.length === 0 ? undefined : [...byPath.values()].reduce((sum, calls) => sum + calls, 0);
}

function knownVersions({ lock, snapshots, head }: LoadedFolder): readonly { version: string; snapshot: Snapshot }[] {
  const frozen = (lock?.versions ?? []).flatMap(({ version }) => {
    const snapshot = snapshots.get(version);
    return snapshot === undefined ? [] : [{ version, snapshot }];
  });
  // Of versions with one digest the newest, and a frozen one before what may still change.
  return [...frozen.toReversed(), { version: "HEAD", snapshot: head }];
}

/** With the migrations that there are. */
function createJudge(
  now: HostSide,
  then: HostSide,
): (plugin: Snapshot | undefined) => Pick<Affected, "now" | "then" | "breaks"> {
  const judge = ({ contract, history }: HostSide, { contract: plugin }: Snapshot): AdapterJudgement =>
    history.judge(plugin.digest, contract.digest);
  return (plugin) => {
    if (plugin === undefined) return { now: undefined, then: undefined, breaks: false };
    const [before, after] = [judge(now, plugin), judge(then, plugin)];
    return { now: before.verdict, then: after.verdict, breaks: refuses(after) > refuses(before) };
  };
}

/** Nothing, some calls, everything. A way over migrations may have a step by rule that refuses some. */
function refuses({ verdict, steps }: AdapterJudgement): 0 | 1 | 2 {
  if (verdict === "incompatible") return 2;
  return steps.some((step) => step.verdict === "adapted-partial") ? 1 : 0;
}

/** The plugins of a folder and of the folders in it, as far as their manifests name a digest of this contract. */
function installedIn(root: string, pkg: string): readonly Built[] {
  const folders = [
    root,
    ...readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [join(root, entry.name)] : [],
    ),
  ];
  return folders.flatMap((folder) => {
    const file = join(folder, MANIFEST_FILE);
    if (statOf(file) === undefined) return [];
    const manifest = readManifest(file);
    return manifest.contracts.flatMap((entry) =>
      entry.package === pkg && entry.built !== undefined ? [{ plugin: manifest.id, digest: entry.built.abi }] : [],
    );
  });
}

export function impactText({ item, functions, isMember, plugins }: Impact, paint: Paint): string {
  const broken = plugins.filter(({ breaks }) => breaks);
  const others =
    functions.length === 0 || (functions.length === 1 && functions[0] === item)
      ? ""
      : `, ${isMember ? "which is in" : "with"} ${functions.join(", ")}`;
  const title = `${paint.bold(item)}${others}: if it goes, ${broken.length} of ${plugins.length} plugins break`;
  const rows = plugins.map(({ plugin, version, now, then, breaks, calls, lastUsed }) => [
    breaks ? paint.red("x") : version === undefined ? paint.yellow("?") : "-",
    plugin,
    version === undefined ? "built for a version that is not frozen here" : `built for ${version}`,
    now === undefined || then === undefined
      ? ""
      : `${now} -> ${then}${breaks && then !== "incompatible" ? ", with values refused" : ""}`,
    calls === undefined
      ? ""
      : `${isMember ? "its type was in" : "called"} ${calls} ${isMember ? "calls" : "times"}, last ${lastUsed?.slice(0, 10) ?? ""}`,
  ]);
  return rows.length === 0 ? title : `${title}\n${columns(rows, "  ")}`;
}
