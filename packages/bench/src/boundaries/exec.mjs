// `exec`: one program run a call, against posix_spawn from a C program, Node's spawn and execFile; in a small and a large host.
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "@tenon/host";
import { execDriver } from "@tenon/drivers/exec";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "exec";
const guest = (name) => fileURLToPath(new URL(`../guests/${name}`, import.meta.url));

export async function open({ contract, short }) {
  const folder = mkdtempSync(join(tmpdir(), "tenon-bench-"));
  const program = compile("one-shot", folder, ["-static"]) ?? compile("one-shot", folder, []);
  const limit = compile("spawn-limit", folder, []);
  if (program === undefined) {
    console.error("exec: skipped, because there is no C compiler (cc) to build the program that is run");
    rmSync(folder, { recursive: true });
    return { contenders: () => [], coldOpen: () => [], close: () => {} };
  }
  const echo = (form) => ({ args: ["cat"], stdin: { bytes: form }, stdout: "bytes", exit: { 0: { $stdout: true } } });
  const artifact = {
    program,
    functions: {
      "work.add": { args: ["add", "{a}", "{b}"], exit: { 0: "{stdout:trim}" } },
      "work.echo": { args: ["cat"], stdin: "{text}", exit: { 0: "{stdout}" } },
      "work.bytes": echo("data"),
      "work.build": { value: { artifact: "", log: "" } },
      "work.callbacks": { value: 0 },
    },
  };
  const host = createHost({ drivers: [execDriver] });
  const plugin = await host.load(contract, { id: "bench", boundary: "exec", artifact, imports: { host: { tick } } });
  const ballast = [];
  const runs = (workload) => {
    const { func, args } = WORKLOADS[workload];
    if (func === "add") return { argv: ["add", "20", "22"], input: "", read: (out) => Number(out), func, args };
    if (func === "echo") return { argv: ["cat"], input: args[0], read: (out) => out.toString(), func, args };
    if (func === "bytes") return { argv: ["cat"], input: args[0], read: (out) => new Uint8Array(out), func, args };
    return undefined;
  };
  return {
    contenders(workload) {
      const run = runs(workload);
      if (run === undefined) return [];
      const remote = plugin.work[run.func];
      const raw = {
        name: "posix_spawn in C",
        role: "raw",
        timeMany: (count) =>
          Number(spawnSync(limit, [String(count), program, ...run.argv], { input: run.input }).stdout) * count,
      };
      return [
        ...(limit === undefined ? [] : [raw]),
        { name: "tenon", role: "tenon", call: () => remote(...run.args) },
        { name: "execFile", role: "peer", call: () => viaExecFile(program, run) },
        { name: "spawn", role: "other", call: () => viaSpawn(program, run) },
      ];
    },
    /** The same call from a host with 1 GiB more in memory. */
    variants: short
      ? []
      : [
          {
            suffix: " in a host of 1 GiB",
            workloads: ["add"],
            enter: () => {
              for (let i = 0; i < 16; i++) ballast.push(new Uint8Array(64 * 1024 * 1024).fill(i + 1));
            },
          },
        ],
    coldOpen: () => [],
    close: async () => {
      await host.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function compile(name, folder, flags) {
  const out = join(folder, name);
  return spawnSync("cc", ["-O2", ...flags, "-o", out, guest(`${name}.c`)]).status === 0 ? out : undefined;
}

function viaExecFile(program, { argv, input, read }) {
  return new Promise((resolve, reject) => {
    const child = execFile(program, argv, { encoding: "buffer", maxBuffer: 1 << 25 }, (error, out) =>
      error ? reject(new Error(error.message, { cause: error })) : resolve(read(out)),
    );
    // A program that does not read its input may be gone before it is sent.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

function viaSpawn(program, { argv, input, read }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { stdio: ["pipe", "pipe", "ignore"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(read(Buffer.concat(chunks))) : reject(new Error(`exit ${code}`)),
    );
    // A program that does not read its input may be gone before it is sent.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
