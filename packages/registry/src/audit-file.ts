// Audit records -> lines of a file that neither grows without end nor holds the host up; and the file -> records.
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import type { AuditRecord } from "@tenon/policy";
import { homeFolder } from "./home.ts";
import { readText } from "./lines.ts";

export interface AuditFileOptions {
  /** A file of more bytes is moved aside, `audit.jsonl` to `audit.jsonl.1`. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Files beside the newest that are kept. Default 3. */
  readonly keep?: number;
  /** Records per second; those beyond are counted in one line of their own. Default 1000. Denials have as many again. */
  readonly maxPerSecond?: number;
}

const DEFAULTS: Required<AuditFileOptions> = { maxBytes: 8 * 1024 * 1024, keep: 3, maxPerSecond: 1000 };
/** A reader takes no line that no writer of this version can have made. */
const MAX_LINE = 4096;

/** `$XDG_STATE_HOME/tenon/audit.jsonl`, or below `~/.local/state`; `%LOCALAPPDATA%` on Windows. */
export function auditFile(env: NodeJS.ProcessEnv = process.env): string {
  const named = process.platform === "win32" ? env["LOCALAPPDATA"] : env["XDG_STATE_HOME"];
  const base = named !== undefined && isAbsolute(named) ? named : join(homeFolder(), ".local", "state");
  return join(base, "tenon", "audit.jsonl");
}

/**
 * Appends records to a file that its owner alone can read. Lines are written at once and whole, so that several hosts may share
 * one file and none is lost with the host. A full disk costs the records, never the host; `lost` counts them.
 */
export class AuditFile implements Disposable {
  readonly file: string;
  /** Records that were not written: too many in a second, or the disk refused them. */
  lost = 0;
  readonly #options: Required<AuditFileOptions>;
  #fd: number | undefined;
  #second = -1;
  readonly #written = { allowed: 0, denied: 0 };
  #unreported = 0;

  constructor(file: string, options: AuditFileOptions = {}) {
    this.file = file;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Never throws. */
  write(record: AuditRecord): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#nextSecond(second, record.time);
    if (this.#written[record.decision]++ < this.#options.maxPerSecond) this.#append(JSON.stringify(record));
    else this.#drop();
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd === undefined) return;
    this.#nextSecond(-1, new Date().toISOString());
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #nextSecond(second: number, time: string): void {
    this.#second = second;
    this.#written.allowed = this.#written.denied = 0;
    if (this.#unreported === 0) return;
    const dropped = this.#unreported;
    this.#unreported = 0;
    this.#append(JSON.stringify({ time, dropped }));
  }

  #drop(): void {
    this.lost++;
    this.#unreported++;
  }

  #append(line: string): void {
    try {
      this.#fd ??= this.#open();
      if (fstatSync(this.#fd).size + line.length > this.#options.maxBytes) this.#rotate();
      writeSync(this.#fd, `${line}\n`);
    } catch {
      // What the plugin did is done; the log must not make the host fail for it.
      this.#drop();
    }
  }

  #open(): number {
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    return openSync(
      this.file,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0),
      0o600,
    );
  }

  #rotate(): void {
    closeSync(this.#fd!);
    this.#fd = undefined;
    for (let age = this.#options.keep; age > 0; age--) {
      try {
        renameSync(age === 1 ? this.file : `${this.file}.${age - 1}`, `${this.file}.${age}`);
      } catch (error) {
        // There are not so many yet, or another host was first.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    this.#fd = this.#open();
  }
}

/** What a line of the log is: a record, or how many were dropped there. */
export type AuditLine = AuditRecord | { readonly time: string; readonly dropped: number };

/** All records of a log with its older files, oldest first; what is no record is passed over. Throws file-missing for no log at all, and what `readText` throws. */
export function readAudit(file: string, keep: number = DEFAULTS.keep): readonly AuditLine[] {
  const texts: string[] = [];
  for (let age = keep; age >= 0; age--) {
    try {
      texts.push(readText(age === 0 ? file : `${file}.${age}`));
    } catch (cause) {
      if (cause instanceof TenonError) throw cause;
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT" || (age === 0 && texts.length === 0))
        throw new TenonError("file-missing", `there is no audit log ${file}`, { cause, sideEffects: "none" });
    }
  }
  return texts.flatMap((text) => text.split("\n").flatMap(parseAuditLine));
}

/** One line, or nothing where it is none. */
export function parseAuditLine(line: string): readonly AuditLine[] {
  if (line === "" || line.length > MAX_LINE) return [];
  try {
    const value = JSON.parse(line) as Partial<AuditRecord> | null;
    return typeof value?.time === "string" ? [value as AuditLine] : [];
  } catch {
    // Cut off by a full disk, or somebody else's.
    return [];
  }
}
