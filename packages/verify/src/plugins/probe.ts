// The probe in JavaScript: what a plugin that is bent on it can do with Node, on every boundary that runs JavaScript.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import process from "node:process";
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { probeContract, type ProbeExports, type ProbeImports } from "../capabilities/contract.ts";

const MIB = 1024 * 1024;
/** Held, so that nothing of it can be collected. */
const held: unknown[] = [];

const definition: PluginDefinition<ProbeExports, ProbeImports> = definePlugin(probeContract, ({ host }) => ({
  probe: {
    readFile: (path) => attempt(() => readFileSync(path).length >= 0),
    connect: (port) =>
      new Promise<number>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(2)));
        socket.on("error", () => resolve(0));
      }),
    readEnv: (name) => {
      if (process.env[name] !== undefined) return 2;
      return ancestors().some((pid) => environmentOf(pid).includes(name)) ? 1 : 0;
    },
    readClock: () => {
      const from = process.hrtime.bigint();
      while (process.hrtime.bigint() === from);
      return process.hrtime.bigint() - from < 500_000n ? 2 : 0;
    },
    spawn: () => attempt(() => spawnSync(process.execPath, ["-e", ""], { env: {} }).status === 0),
    callListed: () => host.listed(),
    callUnlisted: async () => {
      try {
        return await Promise.resolve(host.unlisted());
      } catch {
        return 0;
      }
    },
    // The heap is what a runtime can bound; buffers are beside it.
    allocate: (mebibytes, beside) => {
      for (let left = mebibytes; left > 0; left--)
        held.push(beside ? Buffer.alloc(MIB, left) : Array.from({ length: MIB / 8 }, (_, index) => index + 0.5));
      return held.length >= mebibytes ? 2 : 0;
    },
    readRandom: () => randomBytes(8).readBigUInt64LE(),
    print: (lines) => {
      for (let line = 0; line < lines; line++) process.stdout.write(`${"x".repeat(79)}\n`);
    },
    spin: () => {
      for (;;);
    },
  },
}));

/** The names in the environment that a process was started with, as Linux shows it to every process of the same user. */
function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1")
      .split("\0")
      .map((one) => one.split("=", 1)[0]!);
  } catch {
    // Another user's, or another system.
    return [];
  }
}

/** This process and all that it descends from. */
function ancestors(pid: number = process.pid): readonly number[] {
  try {
    const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1] ?? 0);
    return parent > 0 ? [pid, ...ancestors(parent)] : [pid];
  } catch {
    // Another system.
    return [pid];
  }
}

function attempt(act: () => boolean): number {
  try {
    return act() ? 2 : 0;
  } catch {
    return 0;
  }
}

export default definition;
