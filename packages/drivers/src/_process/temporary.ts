// What a temporary folder is for -> the beginning of its name, which says whose it is; and the end of those whose owner was killed.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startTimeOf } from "./identity.ts";

/** tenon-USE-PID-START-PLACE-, numbers to the base 36, and what mkdtemp makes of it. */
const NAME = /^tenon-[a-z]+-([0-9a-z]+)-([0-9a-z]+)-([0-9a-f]{6})-[A-Za-z0-9]{6}$/;

interface Owner {
  readonly name: string;
  readonly place: string;
}

let self: Owner | undefined;
const swept = new Set<string>();

/**
 * For `mkdtemp`. The first time it also removes what processes left that are gone, without waiting for that: a host that was killed
 * removes nothing itself. Where the system does not tell when a process started, names say nothing and nothing is removed.
 */
export function temporaryPrefix(use: string): string {
  const folder = tmpdir();
  const name = ownName(use);
  if (name === undefined) return join(folder, `tenon-${use}-`);
  if (!swept.has(folder)) {
    swept.add(folder);
    for (const left of leftIn(folder)) {
      // Gone meanwhile by another host, or with something in it that is not ours to remove: the next start tries again.
      if (isOwnFolder(left)) rm(left, { recursive: true, force: true }).catch(() => {});
    }
  }
  return join(folder, name);
}

/** The beginning of a name that says that this process made what has it; six characters belong behind it. */
export function ownName(use: string): string | undefined {
  self ??= ownerHere();
  return self && `tenon-${use}-${self.name}-`;
}

/** What is named so in a folder, and was made by processes of this place that are gone. */
export function leftIn(folder: string): readonly string[] {
  const place = (self ??= ownerHere())?.place;
  const isLeft = (name: string): boolean => {
    const [, pid = "", start = "", where] = NAME.exec(name) ?? [];
    return where === place && startTimeOf(Number.parseInt(pid, 36)) !== Number.parseInt(start, 36);
  };
  return place === undefined
    ? []
    : namesIn(folder)
        .filter(isLeft)
        .map((name) => join(folder, name));
}

/** Its place is this start of this machine and the namespace of our ids: elsewhere an id is another process, or none that we see. */
function ownerHere(): Owner | undefined {
  const started = startTimeOf(process.pid);
  if (started === undefined) return undefined;
  try {
    const where = `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1")} ${readlinkSync("/proc/self/ns/pid")}`;
    const place = createHash("sha256").update(where).digest("hex").slice(0, 6);
    return { name: `${process.pid.toString(36)}-${started.toString(36)}-${place}`, place };
  } catch {
    // Another /proc than Linux has, or no descriptor left to read it.
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Whoever makes a folder there next says what is wrong with it.
    return [];
  }
}

/** No link, and not another user's. */
function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.geteuid?.();
}
