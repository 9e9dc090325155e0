// What hosts have counted of contracts -> lines of a file that all of a user's hosts share; and the file -> the sums.
import { closeSync, constants, mkdirSync, openSync, renameSync, statSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { TenonError, terminalSafe } from "@tenon/contract";
import type { ContractUse, DeprecatedUse, UsageReport } from "@tenon/host";
import { auditFile } from "./audit-file.ts";
import { readText } from "./lines.ts";

/** Larger files are summed up in place: what thousands of runs have written is as much as one has. */
const MAX_BYTES = 1024 * 1024;
const MAX_LINE = 8192;
const MAX_TEXT = 1024;

/** Beside the audit log: `$XDG_STATE_HOME/tenon/usage.jsonl`, or below `~/.local/state`; `%LOCALAPPDATA%` on Windows. */
export function usageFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(dirname(auditFile(env)), "usage.jsonl");
}

/** Where one host puts its counts, as often as it likes. */
export class UsageFile {
  readonly file: string;
  readonly #written = new Map<string, number>();

  constructor(file: string) {
    this.file = file;
  }

  /** Appends what has been counted since the last time, `report` being `host.usage()`. A full disk costs the counts, never the host. */
  write({ contracts, deprecated }: UsageReport): void {
    const lines = [
      ...contracts.map((use) => ({ ...use, kind: "contract" as const, starts: this.#more(keyOf(use), use.starts) })),
      ...deprecated.map((use) => ({ ...use, kind: "deprecated" as const, calls: this.#more(keyOf(use), use.calls) })),
    ].filter((line) => ("starts" in line ? line.starts : line.calls) > 0);
    if (lines.length === 0) return;
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      // One write of whole lines, so that several hosts may share the file.
      append(this.file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      if (statSync(this.file).size > MAX_BYTES) this.#sumUp();
    } catch {
      // What plugins did is done; the counts must not make the host fail for it.
    }
  }

  #more(key: string, total: number): number {
    const before = this.#written.get(key) ?? 0;
    this.#written.set(key, total);
    return total - before;
  }

  /** What another host appends in this very moment is lost; counts are for decisions about months. */
  #sumUp(): void {
    const { contracts, deprecated } = readUsage(this.file);
    const text = [
      ...contracts.map((use) => ({ ...use, kind: "contract" })),
      ...deprecated.map((use) => ({ ...use, kind: "deprecated" })),
    ].map((line) => `${JSON.stringify(line)}\n`);
    const draft = `${this.file}.${process.pid}`;
    writeFileSync(draft, text.join(""), { mode: 0o600, flag: "wx" });
    renameSync(draft, this.file);
  }
}

function append(file: string, text: string): void {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const fd = openSync(file, flags, 0o600);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** The sums of a file, each with its latest use. What is no line of ours is passed over. Throws file-missing, and what `readText` throws. */
export function readUsage(file: string): UsageReport {
  let text: string;
  try {
    text = readText(file);
  } catch (cause) {
    if (cause instanceof TenonError) throw cause;
    throw new TenonError("file-missing", `no host has written ${file} yet`, {
      hint: "hosts write it with `new UsageFile(usageFile()).write(host.usage())`; name another one with --file",
      cause,
      sideEffects: "none",
    });
  }
  const contracts = new Map<string, ContractUse>();
  const deprecated = new Map<string, DeprecatedUse>();
  for (const line of text.split("\n")) {
    const use = parseLine(line);
    if (use === undefined) continue;
    const key = keyOf(use);
    if ("starts" in use) {
      const before = contracts.get(key);
      contracts.set(key, { ...use, starts: use.starts + (before?.starts ?? 0), lastUsed: latest(use, before) });
    } else {
      const before = deprecated.get(key);
      deprecated.set(key, { ...use, calls: use.calls + (before?.calls ?? 0), lastUsed: latest(use, before) });
    }
  }
  return { contracts: [...contracts.values()], deprecated: [...deprecated.values()] };
}

function keyOf(use: ContractUse | DeprecatedUse): string {
  const { plugin, contract } = use;
  return JSON.stringify("starts" in use ? [plugin, contract, use.digest] : [plugin, contract, use.path, use.item]);
}

function latest(use: { readonly lastUsed: string }, before: { readonly lastUsed: string } | undefined): string {
  return before !== undefined && before.lastUsed > use.lastUsed ? before.lastUsed : use.lastUsed;
}

const CONTRACT = ["plugin", "contract", "digest", "verdict", "lastUsed"] as const;
const DEPRECATED = ["plugin", "contract", "path", "item", "since", "lastUsed"] as const;
const OPTIONAL = ["replacedBy", "removeAfter"] as const;

/** Ids and paths are plugins' own words: nothing in them reaches a terminal as more than text. */
function parseLine(line: string): ContractUse | DeprecatedUse | undefined {
  if (line === "" || line.length > MAX_LINE) return undefined;
  let value: Readonly<Record<string, unknown>>;
  try {
    value = (JSON.parse(line) ?? {}) as typeof value;
  } catch {
    // Cut off by a full disk, or somebody else's.
    return undefined;
  }
  const texts = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const text = value[name];
        return typeof text === "string" ? [[name, terminalSafe(text.slice(0, MAX_TEXT))]] : [];
      }),
    );
  const isContract = value["kind"] === "contract";
  const names = isContract ? CONTRACT : DEPRECATED;
  const facts = texts(names);
  const count = value[isContract ? "starts" : "calls"];
  if (Object.keys(facts).length < names.length || typeof count !== "number" || !(count > 0)) return undefined;
  return isContract
    ? ({ ...facts, starts: count } as unknown as ContractUse)
    : ({ ...facts, ...texts(OPTIONAL), calls: count } as unknown as DeprecatedUse);
}
