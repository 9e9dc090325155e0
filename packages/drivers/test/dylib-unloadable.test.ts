// R20 for native code: a library that the system does not load, in a process of its own and in the host's.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createHost } from "@tenon/host";
import { rejection } from "@tenon/verify";
import { faultContract, takeBaseline } from "@tenon/verify/faults";
import { dylibDriver } from "tenon/dylib";
import { faultsLibrary, lacksFaultsLibrary, trustOf } from "./native-plugins.ts";

/** Its place in the head of an ELF file, and the number of the IA-64, for which no Node is built (elf(5)). */
const E_MACHINE = 18;
const IA_64 = 50;

interface Unloadable {
  readonly what: string;
  readonly make: (plugin: Buffer) => Buffer;
  readonly code: "artifact-invalid" | "library-missing";
  readonly says: RegExp;
}

const UNLOADABLE: readonly Unloadable[] = [
  {
    what: "is no library",
    make: () => Buffer.from("not a library"),
    code: "artifact-invalid",
    says: /library/,
  },
  {
    what: "is for another processor",
    make: (plugin) => {
      plugin.writeUInt16LE(IA_64, E_MACHINE);
      return plugin;
    },
    code: "artifact-invalid",
    says: /cannot be loaded.*build it for this system and processor/s,
  },
  {
    what: "needs a library that is not there",
    // The name in the file's own table of strings, by which the loader looks for it.
    make: (plugin) => Buffer.from(plugin.toString("latin1").replaceAll("libc.so.6", "libq.so.6"), "latin1"),
    code: "library-missing",
    says: /needs libq\.so\.6, which is not installed/,
  },
];

const imports = { host: { tick: () => 0, nest: () => 0, hang: () => 0 } };
const skip = lacksFaultsLibrary();
const folder = mkdtempSync(join(tmpdir(), "tenon-unloadable-"));
after(() => rmSync(folder, { recursive: true }));

/** What Node keeps once it was needed, such as the threads that read files, is there before anything is counted. */
async function openOne(isolation: "process" | "inline"): Promise<void> {
  const library = faultsLibrary("faults");
  await using host = createHost({ drivers: [dylibDriver] });
  const artifact = { library, isolation, trusted: trustOf(library) };
  const plugin = await host.load(faultContract, { id: "p", boundary: "dylib", artifact, imports });
  assert.equal(await plugin.faults.ping(1), 1);
}

describe("R20: a library", { skip }, () => {
  before(async () => {
    await openOne("process");
    await openOne("inline");
  });

  for (const { what, make, code, says } of UNLOADABLE) {
    for (const isolation of ["process", "inline"] as const) {
      test(`that ${what}, ${isolation}: one attempt, one answer`, async () => {
        const library = join(folder, `${what}-${isolation}.so`);
        writeFileSync(library, make(readFileSync(faultsLibrary("faults"))));
        const baseline = takeBaseline({ mayHoldLoop: false });
        const events: string[] = [];
        const host = createHost({ drivers: [dylibDriver], onEvent: ({ type }) => events.push(type) });
        const plugin = host.register(faultContract, {
          id: "p",
          boundary: "dylib",
          artifact: { library, isolation, ...(isolation === "inline" && { trusted: trustOf(library) }) },
          imports,
        });
        const error = await rejection(plugin.faults.ping(1), code);
        assert.match(error.message, says);
        // A second attempt would be told of before the host has closed.
        await host.close();
        assert.ok(events.filter((type) => type === "start-failed").length <= 1, events.join());
        assert.ok(!events.includes("restarting"), "nobody asked again");
        await baseline.holds();
      });
    }
  }
});
