// R7 for plugins that are processes: memory and processes without end, in a group of the kernel. Where this machine hands out none, and
// Debian's user-mode-linux is installed, all of it runs in a machine of its own that does.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { groupReport, hasSandbox, mechanismReports, SANDBOX_VARIABLE } from "@tenon/drivers/sandbox";
import { createHost, traitsFor } from "@tenon/host";
import { decide, NO_REQUESTS } from "@tenon/policy";
import { eventually } from "@tenon/verify";
import { probeContract } from "@tenon/verify/capabilities";
import { processes } from "./matrix-columns.ts";

const KERNEL = process.env["TENON_TEST_KERNEL"] ?? "/usr/bin/linux.uml";
/** In a machine that this test started: nothing is skipped there. */
const IS_INSIDE = process.env["TENON_TEST_MACHINE"] === "1";
const report = groupReport();
const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
/** A runtime of its own and some; what is taken beyond it is three times as much. */
const MEMORY_MIB = 192;
const MAX_PROCESSES = 512;
const NOBODY = 65_534;
const HELD = fileURLToPath(new URL("confined-host-main.ts", import.meta.url));
const REPORT = `import { groupReport } from ${JSON.stringify(import.meta.resolve("@tenon/drivers/sandbox"))};
  const { works, detail } = groupReport();
  console.log(works, detail);`;
const nextStart = (): boolean => spawnSync(process.execPath, ["--input-type=module", "-e", REPORT]).status === 0;
const imports = { host: { listed: () => 7, unlisted: () => 2 } };

/** The place of the groups of this process, and what of them is there. */
const place = /below (\S+)$/.exec(report.detail)?.[1] ?? "";
const groups = (): readonly string[] => readdirSync(place).filter((name) => name.startsWith("tenon-group-"));

const readGroup = (group: string, file: string): string => readFileSync(join(place, group, file), "latin1");

function decided(boundary: string, column: (typeof processes)[string]) {
  const { enforcement, takesSandbox } = traitsFor(column.driver, column.artifact);
  const asked = {
    plugin: boundary,
    boundary: column.driver.boundary,
    requests: NO_REQUESTS,
    enforcement,
    takesSandbox,
  };
  // A plugin that may start processes, in a sandbox.
  const policies = [
    { file: "p", scope: "user", plugins: [], trustedDigests: [], rules: [{ at: "rule", grant: "requested" }] },
  ] as const;
  return decide({ ...asked, trust: "trusted", sandbox: "required", hasSandbox, policies });
}

/** A host of `column` with one plugin that may have so much. */
function hostOf(name: string, column: (typeof processes)[string]) {
  const { driver, artifact } = column;
  const host = createHost({ drivers: [driver] });
  const decision = decided(name, column);
  const load = { boundary: driver.boundary, artifact, imports, folder: REPOSITORY, restart: { backoffMs: 1 } };
  const open = (id: string, memoryMiB: number) =>
    host.load(probeContract, {
      ...load,
      id,
      decision: { ...decision, plugin: id },
      limits: { memoryMiB, startMs: 120_000 },
    });
  return { host, open };
}

/** A shell without any word for a host, which starts processes until it may not, in a sandbox. */
const BOMB = { command: ["/bin/sh", "-c", "while :; do sleep 600 & done; sleep 600"] };

describe("plugins in groups", { skip: report.works ? false : report.detail }, () => {
  for (const { id, works } of mechanismReports()) {
    if (!works || id === "landlock") continue;
    // What starts a program is the same code for all of them.
    const tried = id === "namespaces" ? Object.entries(processes) : Object.entries(processes).slice(0, 1);
    for (const [name, column] of tried) {
      test(`${name} in ${id}: memory without end is resource-exhausted, and the next call works`, async () => {
        process.env[SANDBOX_VARIABLE] = id;
        const { host, open } = hostOf(name, column);
        try {
          const plugin = await open(name, MEMORY_MIB);
          const other = await open("other", 0);
          await other.exports.probe.readClock();
          await assert.rejects(plugin.exports.probe.allocate(MEMORY_MIB * 3, true, { deadlineMs: 60_000 }), {
            code: "resource-exhausted",
            message: new RegExp(`ran out of memory: all of it may have ${MEMORY_MIB} MiB`),
          });
          await plugin.exports.probe.readClock();
          await other.exports.probe.readClock();
        } finally {
          await host.close();
          delete process.env[SANDBOX_VARIABLE];
        }
        await eventually("its groups are gone", () => groups().length === 0);
      });
    }
  }

  test("processes without end end at their number, and all are gone", async () => {
    const column = { ...processes["stdio"]!, artifact: BOMB };
    const { host, open } = hostOf("bomb", column);
    try {
      const opening = open("bomb", 0);
      opening.catch(() => {});
      // A fork that fails is counted; nobody else is in there.
      const refused = (): boolean => groups().some((group) => /^max [1-9]/m.test(readGroup(group, "pids.events")));
      await eventually("it may start no more", refused, 60_000);
      assert.ok(groups().every((group) => Number(readGroup(group, "pids.current")) <= MAX_PROCESSES));
      await host.close();
      await assert.rejects(opening);
    } finally {
      await host.close();
    }
    await eventually("its groups are gone", () => groups().length === 0, 60_000);
  });

  test("what a killed host left is removed by the next start; a living one's stays", async () => {
    const { host, open } = hostOf("stdio", processes["stdio"]!);
    try {
      await (await open("stdio", 0)).exports.probe.readClock();
      const [own] = groups();
      const killed = spawn(process.execPath, ["--import", "tsx", HELD, randomUUID(), "hold"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(killed.stdout, "data");
      assert.equal(groups().length, 2);
      killed.kill("SIGKILL");
      await once(killed, "exit");
      assert.equal(groups().length, 2);
      await eventually("the next start removes it", () => nextStart() && groups().length === 1);
      assert.deepEqual(groups(), [own]);
    } finally {
      await host.close();
    }
  });

  test("a user's host that is alone in a group of its own makes room in it", () => {
    for (const [uid, said] of [
      [NOBODY, /^true a process was put into a group with limits below .*scope-65534$/m],
      [0, /^false root may make groups below/],
    ] as const) {
      const scope = join(place, `scope-${uid}`);
      mkdirSync(scope);
      for (const name of ["", "cgroup.procs", "cgroup.subtree_control"]) chownSync(join(scope, name), uid, uid);
      const script =
        'echo $$ >"$1" && exec setpriv --reuid "$2" --regid "$2" --clear-groups "$3" --input-type=module -e "$4"';
      const args = [join(scope, "cgroup.procs"), String(uid), process.execPath, REPORT];
      const { stdout, stderr } = spawnSync("/bin/sh", ["-c", script, "sh", ...args], { encoding: "utf8" });
      assert.match(stdout, said, stderr);
      for (const name of readdirSync(scope)) if (name.startsWith("tenon-")) rmdirSync(join(scope, name));
      rmdirSync(scope);
    }
  });
});

/** Boots a kernel of its own over this machine's files, as whose first process this very test runs. */
function bootAnd(command: string): ReturnType<typeof spawnSync> {
  const folder = mkdtempSync(join(tmpdir(), "tenon-machine-"));
  try {
    const init = join(folder, "init");
    writeFileSync(
      init,
      `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 groups /sys/fs/cgroup
mkdir -p /dev/shm && mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /run
export PATH=${process.env["PATH"] ?? ""} HOME=/root TMPDIR=/run TENON_TEST_MACHINE=1
cd ${process.cwd()}
${command}
echo "ended with $?"
exec /usr/bin/perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc, 0)'
`,
      { mode: 0o755 },
    );
    const args = ["mem=3G", "rootfstype=hostfs", "rw", `init=${init}`, "quiet", "con=null", "con0=null,fd:1"];
    return spawnSync(KERNEL, [...args, `uml_dir=${folder}/`], { encoding: "utf8", timeout: 300_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isBootable = !report.works && !IS_INSIDE && existsSync(KERNEL);
const skip = isBootable ? false : report.works ? "groups work here" : `there is no ${KERNEL} (user-mode-linux)`;
test("in a machine of its own: all of this works", { skip, timeout: 320_000 }, () => {
  const { stdout } = bootAnd(`${process.execPath} --import tsx ${fileURLToPath(import.meta.url)}`);
  assert.match(String(stdout), /ended with 0/, String(stdout));
});
