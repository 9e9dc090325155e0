// R16: temporary folders of a host that was killed are gone after the next start, and those of living ones stay.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { eventually } from "@tenon/verify";

const MODULE = JSON.stringify(new URL("../dist/_process/temporary.js", import.meta.url));
const skip = process.platform === "linux" ? false : "elsewhere nobody says when a process started";
const folder = mkdtempSync(join(tmpdir(), "tenon-sweep-"));
after(() => rmSync(folder, { recursive: true }));
const env = { ...process.env, TMPDIR: folder };

/** A host that makes a folder, with something in it, prints its path and stays. */
function startOwner(): ReturnType<typeof spawn> {
  const code = `import { mkdtempSync, writeFileSync } from "node:fs";
    import { temporaryPrefix } from ${MODULE};
    const made = mkdtempSync(temporaryPrefix("box"));
    writeFileSync(made + "/input", "");
    console.log(made);
    setInterval(() => {}, 60_000);`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], { env, stdio: ["ignore", "pipe", "inherit"] });
}

/** The next start: what it leaves in the folder once it has ended by itself. */
function sweep(): readonly string[] {
  const code = `import { temporaryPrefix } from ${MODULE}; temporaryPrefix("run");`;
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    env,
    encoding: "utf8",
  });
  assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
  return readdirSync(folder);
}

async function madeBy(owner: ReturnType<typeof spawn>): Promise<string> {
  const [printed] = (await once(owner.stdout!, "data")) as [Buffer];
  return printed.toString().trim();
}

test("the next start removes what a killed host left, and nothing of a living one", { skip }, async () => {
  const owners = [startOwner(), startOwner()];
  const [killed = "", living = ""] = await Promise.all(owners.map(madeBy));
  owners[0]!.kill("SIGKILL");
  await once(owners[0]!, "exit");
  assert.ok(existsSync(join(killed, "input")) && existsSync(join(living, "input")));
  sweep();
  assert.deepEqual([existsSync(killed), existsSync(join(living, "input"))], [false, true]);
  owners[1]!.kill("SIGKILL");
  await once(owners[1]!, "exit");
  sweep();
  assert.equal(existsSync(living), false);
});

test("an id that another process has by now, another machine's, links and other names", { skip }, async () => {
  const owner = startOwner();
  const living = await madeBy(owner);
  const [, pid, start, place, random] = /-(\w+)-(\w+)-(\w+)-(\w+)$/.exec(living)!.map(String);
  const name = (...parts: readonly unknown[]): string => join(folder, `tenon-box-${parts.join("-")}-${String(random)}`);
  const recycled = name(pid, "1", place);
  const elsewhere = name(pid, "1", "000000");
  const link = name("zzzzzz", "1", place);
  const outside = join(folder, "outside");
  const file = name("zzzzzy", start, place);
  const other = join(folder, `tenon-box-${pid}-1-${place}`);
  for (const path of [recycled, elsewhere, outside, other]) mkdirSync(path);
  writeFileSync(join(outside, "kept"), "");
  writeFileSync(file, "");
  symlinkSync(outside, link);
  sweep();
  assert.equal(existsSync(recycled), false);
  for (const path of [living, elsewhere, join(outside, "kept"), other, file]) assert.ok(existsSync(path), path);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(join(living, "input"), "utf8"), "");
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await eventually("the owner is gone", () => !existsSync(`/proc/${String(owner.pid)}`));
});
