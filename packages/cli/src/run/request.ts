// The options of `tenon run` -> what a guest is given, as plain data that can go to a thread.
import { basename } from "node:path";
import process from "node:process";
import { usage } from "../usage.ts";

export interface RunOptions {
  readonly json?: boolean;
  readonly dir: readonly string[];
  readonly env: readonly string[];
  readonly argv0?: string;
  readonly net: readonly string[];
  readonly listen: readonly string[];
  readonly fuel?: number;
  readonly memory: number;
  readonly timeout?: number;
  readonly invoke?: string;
  readonly policy?: string;
}

/** A folder of this machine under the guest's name for it. */
export interface DirGrant {
  readonly host: string;
  readonly guest: string;
  readonly isReadOnly: boolean;
}

/** One run: everything absent is denied. */
export interface RunRequest {
  readonly file: string;
  /** The guest's own name, which is its argument 0. */
  readonly argv0: string;
  /** Those behind argument 0, or those of the invoked function. */
  readonly args: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly dirs: readonly DirGrant[];
  /** `HOST:PORT`, for components only. */
  readonly net: readonly string[];
  /** `ADDRESS:PORT`, for components only. */
  readonly listen: readonly string[];
  /** Ticks; undefined means no metering. */
  readonly fuel: number | undefined;
  readonly memoryMiB: number;
  /** From the start of the run, compilation included. */
  readonly timeoutMs: number | undefined;
  /** The export to call in place of the command. */
  readonly invoke: string | undefined;
}

/** Throws usage for a grant that does not read; `verb` is whose help to read. */
export function readRequest(
  file: string,
  args: readonly string[],
  options: RunOptions,
  verb: string = "run",
): RunRequest {
  const dirs = options.dir.map((text) => readDir(text, verb));
  const twice = dirs.find(({ guest }, index) => dirs.findIndex((one) => one.guest === guest) < index);
  if (twice !== undefined) throw usage(`--dir mounts two folders at ${twice.guest}`, verb);
  return {
    file,
    argv0: options.argv0 ?? basename(file),
    args,
    env: options.env.flatMap((text) => readEnv(text, verb)),
    dirs,
    net: options.net.map((text) => readPlace("--net", text, verb)),
    listen: options.listen.map((text) => readPlace("--listen", text, verb)),
    fuel: options.fuel,
    memoryMiB: options.memory,
    timeoutMs: options.timeout,
    invoke: options.invoke,
  };
}

function readDir(text: string, verb: string): DirGrant {
  const rights = /:(ro|rw)$/.exec(text);
  const isReadOnly = rights?.[1] === "ro";
  const path = rights === null ? text : text.slice(0, rights.index);
  const at = path.indexOf("::");
  const host = at < 0 ? path : path.slice(0, at);
  const guest = at < 0 ? path : path.slice(at + 2);
  if (host === "" || guest === "") throw usage(`--dir ${text} is not HOST::GUEST or HOST::GUEST:ro`, verb);
  return { host, guest, isReadOnly };
}

/** `K=V`, or `K` alone to hand the command's own variable on, if it is set. */
function readEnv(text: string, verb: string): [name: string, value: string][] {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  if (name === "") throw usage(`--env ${text} has no name`, verb);
  const value = at < 0 ? process.env[name] : text.slice(at + 1);
  return value === undefined ? [] : [[name, value]];
}

function readPlace(option: "--net" | "--listen", text: string, verb: string): string {
  const match = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5}|\*)$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) {
    throw usage(`${option} ${text} is not ${option === "--net" ? "HOST" : "ADDRESS"}:PORT`, verb);
  }
  return text;
}
