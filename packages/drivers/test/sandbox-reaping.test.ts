// Nothing of a plugin outlives its end or its host's, not even what has left its process group (security R15, R16).
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { mechanismReports, SANDBOX_VARIABLE } from "@tenon/drivers/sandbox";
import { eventually } from "@tenon/verify";
import { openConfined } from "./confined-host.ts";

const MAIN = fileURLToPath(new URL("confined-host-main.ts", import.meta.url));
const hasPython = process.env["CI"] === "true" || spawnSync("/usr/bin/python3", ["--version"]).status === 0;
const skip = hasPython ? false : "there is no /usr/bin/python3";
const PATIENCE_MS = 10_000;
/** What every program is given, and what shells and Python add. */
const USUAL = ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "OLDPWD", "PATH", "PWD", "SHLVL", "TMPDIR", "_"];

/** As much of one as removes what was left. */
const NEXT_START = `import { temporaryPrefix } from ${JSON.stringify(new URL("../dist/_process/temporary.js", import.meta.url))};
  temporaryPrefix("box");`;
const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith("tenon-box-"));

interface Looked {
  readonly fds: readonly { readonly to: string }[];
  readonly cwd: readonly string[];
  readonly tmp: readonly string[];
  readonly env: readonly string[];
}

/** Processes with the marker in their command line, whatever they are. */
function marked(marker: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(marker);
    } catch {
      // It has ended in between.
      return false;
    }
  });
}

async function gone(marker: string): Promise<void> {
  await eventually(`processes ${marked(marker).join(", ")} are gone`, () => marked(marker).length === 0, PATIENCE_MS);
}

for (const { id, works, detail } of mechanismReports()) {
  describe(`processes in ${id}`, { skip: skip || (works ? false : `${id} does not work here: ${detail}`) }, () => {
    const env = { ...process.env, [SANDBOX_VARIABLE]: id };
    // A sandbox that cannot end what left its group lets nothing start processes.
    const escapes = id === "landlock" ? [] : (["escape"] as const);
    for (const act of [...escapes, "hold"] as const) {
      test(`${act}: all are gone when the host is killed`, async () => {
        const marker = randomUUID();
        const TMPDIR = mkdtempSync(join(tmpdir(), "tenon-reaping-"));
        const host = spawn(process.execPath, ["--import", "tsx", MAIN, marker, act], {
          stdio: ["ignore", "pipe", "inherit"],
          env: { ...env, TMPDIR },
        });
        const [printed] = (await once(host.stdout, "data")) as [Buffer];
        assert.equal(printed.toString(), "ready\n");
        // The host itself has it too.
        assert.ok(marked(marker).length >= (act === "escape" ? 3 : 2));
        assert.equal(foldersIn(TMPDIR).length, 1);
        host.kill("SIGKILL");
        await once(host, "exit");
        await gone(marker);
        const next = spawnSync(process.execPath, ["--input-type=module", "-e", NEXT_START], {
          env: { ...env, TMPDIR },
        });
        assert.equal(next.status, 0);
        assert.deepEqual(foldersIn(TMPDIR), []);
        rmSync(TMPDIR, { recursive: true });
      });
      test(`${act}: all are gone when the plugin is closed`, async () => {
        const marker = randomUUID();
        process.env[SANDBOX_VARIABLE] = id;
        try {
          const { host, plugin } = await openConfined(marker, act === "escape" ? "trusted" : "contained");
          await (act === "escape" ? plugin.exports.acts.escape() : plugin.exports.acts.hold());
          assert.ok(marked(marker).length >= (act === "escape" ? 2 : 1));
          await host.close();
          await gone(marker);
        } finally {
          delete process.env[SANDBOX_VARIABLE];
        }
      });
    }
    test("a contained plugin starts with an empty folder, a few variables, and no file of the host", async () => {
      // As whoever starts a host may leave one open.
      const script = 'exec 7</dev/zero; exec "$@"';
      const args = ["-c", script, "sh", process.execPath, "--import", "tsx", MAIN, randomUUID(), "look"];
      const { stdout, stderr } = spawnSync("/bin/sh", args, { encoding: "utf8", env });
      assert.equal(stderr, "");
      const { fds, cwd, tmp, env: names } = JSON.parse(stdout) as Looked;
      assert.deepEqual(
        fds.filter((one) => one.to !== "/dev/null"),
        [],
      );
      // A checkout below /tmp shows the plugin's own folder there, where a mechanism makes a root of its own.
      const own = MAIN.startsWith("/tmp/") ? MAIN.split("/")[2] : undefined;
      const others = (names: readonly string[]): readonly string[] => names.filter((name) => name !== own);
      assert.deepEqual([cwd, tmp].map(others), [[], []]);
      assert.deepEqual(
        names.filter((name) => !USUAL.includes(name)),
        [],
      );
    });
  });
}
