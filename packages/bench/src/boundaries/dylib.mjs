// `dylib`: a C library in the host's process and in one of its own, against bare koffi calls, koffi's own structs and a Node-API addon.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { createHost } from "@tenon/host";
import { dylibDriver } from "tenon/dylib";
import { caller } from "../caller.mjs";
import { decodeReply } from "../guests/frames-layout.mjs";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "dylib";
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Room for the largest workload. */
const ROOM = 2 * 1024 * 1024;

export async function open({ contract }) {
  const folder = mkdtempSync(join(tmpdir(), "tenon-bench-"));
  const library = build(folder);
  if (library === undefined) {
    console.error("dylib: skipped, because there is no C compiler (cc) to build the library with");
    rmSync(folder, { recursive: true });
    return { contenders: () => [], coldOpen: () => [], close: () => {} };
  }
  const host = createHost({ drivers: [dylibDriver] });
  const trusted = `sha256:${createHash("sha256").update(readFileSync(library)).digest("hex")}`;
  const imports = { host: { tick } };
  let opened = 0;
  const load = (artifact) =>
    host.load(contract, { id: `bench-${opened++}`, boundary: "dylib", artifact: { library, ...artifact }, imports });
  const inline = await load({ isolation: "inline", trusted });
  const child = await load({});
  const lib = koffi.load(library);
  const [raw, peer, addon] = [bare(lib), structs(lib), buildAddon(folder)];
  return {
    contenders(workload) {
      const given = WORKLOADS[workload];
      const { func } = given;
      return [
        {
          name: func === "add" ? "bare koffi" : "koffi, packed by hand",
          role: "raw",
          sync: true,
          call: caller(raw[func], given),
        },
        { name: "tenon sync", role: "tenon", sync: true, call: caller(inline.sync.work[func], given) },
        { name: "tenon", role: "tenon", call: caller(inline.work[func], given) },
        { name: "tenon in a process", role: "tenon", call: caller(child.work[func], given) },
        ...(peer[func] === undefined
          ? []
          : [{ name: "koffi structs", role: "peer", sync: true, call: caller(peer[func], given) }]),
        ...(addon === undefined
          ? []
          : [{ name: "Node-API addon", role: "peer", sync: true, call: caller(addon[func], given) }]),
      ];
    },
    coldOpen: () => [
      { name: "koffi load and call", role: "raw", call: () => bare(koffi.load(library)).add(20, 22) },
      fresh("tenon", { isolation: "inline", trusted }),
      fresh("tenon in a process", {}),
    ],
    close: async () => {
      await host.close();
      rmSync(folder, { recursive: true });
    },
  };

  function fresh(name, artifact) {
    const call = async () => {
      const plugin = await load(artifact);
      await plugin.work.add(1, 2);
      return plugin;
    };
    return { name, role: "tenon", call, close: (plugin) => plugin.close() };
  }
}

function build(folder) {
  const cli = at("../../../cli/bin/tenon.js");
  const header = [cli, "codegen", at("../../../../contracts/bench"), "--c", "--out", folder];
  if (spawnSync(process.execPath, header, { stdio: ["ignore", "ignore", "inherit"] }).status !== 0) return undefined;
  const out = join(folder, "native.so");
  const flags = ["-std=c11", "-O2", "-shared", "-fPIC", `-I${folder}`, at("../guests/native.c"), "-o", out];
  return spawnSync("cc", flags, { stdio: ["ignore", "ignore", "inherit"] }).status === 0 ? out : undefined;
}

/** The same work without a contract; undefined where Node's headers are not there to build it. */
function buildAddon(folder) {
  const out = join(folder, "addon.node");
  const require = createRequire(import.meta.url);
  const { include_dir: headers } = require("node-api-headers");
  const undefinedSymbols = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  const flags = ["-std=c11", "-O2", "-shared", "-fPIC", ...undefinedSymbols, `-I${headers}`, at("../guests/addon.c")];
  const { status, stderr } = spawnSync("cc", [...flags, "-o", out], { encoding: "utf8" });
  if (status !== 0) {
    console.error(`dylib: no Node-API addon beside it: ${stderr.trim().split("\n")[0]}`);
    return undefined;
  }
  const addon = require(out);
  return { ...addon, callbacks: (count) => addon.callbacks(tick, count) };
}

/** Buffers that are there already, by their addresses; the record as lines, its answer as the frames' own layout. */
function bare(lib) {
  const add = lib.func("bare_add", "int32_t", ["int32_t", "int32_t"]);
  const copy = lib.func("bare_copy", "uint32_t", ["void *", "uint32_t", "void *"]);
  const pack = lib.func("bare_build", "uint32_t", ["void *", "uint32_t", "void *"]);
  const callbacks = lib.func("bare_callbacks", "uint32_t", ["void *", "uint32_t"]);
  const [input, output] = [Buffer.allocUnsafeSlow(ROOM), Buffer.allocUnsafeSlow(ROOM)];
  const [from, to] = [koffi.address(input), koffi.address(output)];
  const back = koffi.register(tick, koffi.pointer(proto()));
  return {
    add,
    echo: (text) => output.latin1Slice(0, copy(from, input.latin1Write(text), to)),
    build: ({ path, target, args, env }) => {
      const length = input.latin1Write([path, target, ...args, ...env.flat()].join("\n"));
      return decodeReply(output.subarray(0, pack(from, length, to)));
    },
    bytes: (data) => {
      input.set(data);
      return new Uint8Array(output.subarray(0, copy(from, data.length, to)));
    },
    callbacks: (count) => callbacks(back, count),
  };
}

let made;
function proto() {
  return (made ??= koffi.proto("bench_tick", "uint32_t", ["uint32_t"]));
}

/** What koffi converts by itself: texts and structs. */
function structs(lib) {
  const pair = koffi.struct({ name: "const char *", value: "const char *" });
  const request = koffi.struct({
    path: "const char *",
    target: "const char *",
    args: koffi.array("const char *", 8),
    env: koffi.array(pair, 8),
  });
  const response = koffi.struct({ artifact: koffi.array("uint8_t", 4096, "Typed"), log: "const char *" });
  const echo = lib.func("peer_echo", "const char *", ["const char *"]);
  const pack = lib.func("peer_build", "void", [koffi.pointer(request), koffi.out(koffi.pointer(response))]);
  return {
    echo,
    build: ({ path, target, args, env }) => {
      const out = {};
      pack({ path, target, args, env: env.map(([name, value]) => ({ name, value })) }, out);
      return out;
    },
  };
}
