// `wasi`: preview1 as a guest sees it, against the same work done without WASI, and against node:wasi.
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { createPreview1, hostDirectory } from "@tenon/wasi";
import { wasiGuest } from "../guests/wasm-guests.mjs";

export const boundary = "wasi";
const SIZE = 4096;
/** Two directories down, so that ways to the parent count. */
const DEEP = "some/where/data.bin";

export async function open() {
  const folder = mkdtempSync(join(tmpdir(), "tenon-bench-"));
  const file = join(folder, "data.bin");
  const deepFile = join(folder, DEEP);
  mkdirSync(join(deepFile, ".."), { recursive: true });
  for (const path of [file, deepFile]) writeFileSync(path, new Uint8Array(SIZE).fill(7));
  const module = await WebAssembly.compile(wasiGuest("data.bin"));
  const deepModule = await WebAssembly.compile(wasiGuest(DEEP));

  const ours = (clocks, program = module) => {
    const context = createPreview1({ mounts: { "/data": hostDirectory(folder, { readOnly: true }) }, clocks });
    const instance = new WebAssembly.Instance(program, context.imports);
    context.initialize(instance);
    return { ...instance.exports, close: () => context.close() };
  };
  const node = (program = module) => {
    const wasi = new WASI({ version: "preview1", preopens: { "/data": folder } });
    const instance = new WebAssembly.Instance(program, wasi.getImportObject());
    wasi.initialize(instance);
    return instance.exports;
  };
  const hand = () => {
    const denied = () => 76;
    const clock = (id, precision, at) => {
      view.setBigUint64(at, process.hrtime.bigint(), true);
      return 0;
    };
    const imports = { clock_time_get: clock, path_open: denied, fd_read: denied, fd_close: denied };
    const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports });
    const view = new DataView(exports.memory.buffer);
    return exports;
  };
  const [coarse, precise, peer, bare] = [ours("coarse"), ours("precise"), node(), hand()];
  const [deep, deepPeer] = [ours("coarse", deepModule), node(deepModule)];
  const buffer = new Uint8Array(SIZE);
  const direct = (path) => () => {
    const descriptor = openSync(path);
    const size = readSync(descriptor, buffer, 0, SIZE, 0);
    closeSync(descriptor);
    return size;
  };
  /** Per call of the clock: the guest's loop around it costs about a nanosecond. */
  const clock = (name, role, { clock: run }) => ({
    name,
    role,
    timeMany: (count) => {
      const started = process.hrtime.bigint();
      if (run(count) === 0n) throw new Error(`the clock of ${name} stands still`);
      return Number(process.hrtime.bigint() - started);
    },
  });
  const reading = (name, role, call) => ({ name, role, sync: true, call, verify: (size) => size === SIZE });
  const files = (path, own, other) => [
    reading("fs.openSync and readSync", "raw", direct(path)),
    reading("tenon", "tenon", own["open-read"]),
    reading("node:wasi", "peer", other["open-read"]),
  ];
  const opening = (name, role, make) => ({
    name,
    role,
    call: () => {
      const made = make();
      if (made["open-read"]() !== SIZE) throw new Error(`${name} did not read the file`);
      return made;
    },
    close: (made) => made.close?.(),
  });
  return {
    workloads: ["clock", "open-read", "open-read-deep", "warm-open"],
    contenders: (workload) =>
      workload === "clock"
        ? [
            clock("hand-written import", "raw", bare),
            clock("tenon coarse", "tenon", coarse),
            clock("tenon precise", "tenon", precise),
            clock("node:wasi", "peer", peer),
          ]
        : workload === "open-read"
          ? files(file, coarse, peer)
          : files(deepFile, deep, deepPeer),
    warmOpen: () => [opening("tenon", "tenon", () => ours("coarse")), opening("node:wasi", "peer", () => node())],
    close: () => {
      for (const context of [coarse, precise, deep]) context.close();
      rmSync(folder, { recursive: true });
    },
  };
}
