// Vector 31: another process swaps a directory for a link outside, 20,000 times at least, while the guest opens what is below it,
// 20,000 times at least.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostDirectory } from "@tenon/wasi";
import { makeGround, removeGround, SECRET } from "./fs-vectors.table.ts";
import { Caller } from "./preview1-caller.ts";

const ROUNDS = 20_000;
const SWAPS = 20_000;
const skip = process.platform === "linux" ? false : "only Linux has the handles that make this safe";

test("vector 31: 20,000 openings against 20,000 swaps never leave the mount", { skip }, async () => {
  const ground = makeGround();
  mkdirSync(join(ground.S, "d"));
  writeFileSync(join(ground.S, "d", "secret"), "inside");
  symlinkSync("../O", join(ground.S, "link"));
  const child = spawn(process.execPath, [fileURLToPath(new URL("swapper.mjs", import.meta.url)), ground.S], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    await once(child.stdout, "data");
    const descriptors = readdirSync("/proc/self/fd").length;
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
    const seen = new Map<string, number>();
    const count = (answer: string): void => void seen.set(answer, (seen.get(answer) ?? 0) + 1);
    const swaps = (): number => Number(readFileSync(join(ground.top, "swaps"), "utf8"));
    for (let round = 0; round < ROUNDS || (round % 1000 === 0 ? swaps() < SWAPS : true); round++)
      count(attempt(caller, round));
    caller.wasi.close();
    assert.equal(readdirSync("/proc/self/fd").length, descriptors);
    writeFileSync(join(ground.top, "stop"), "");
    await ended;
    assert.ok(swaps() >= SWAPS, `only ${swaps()} swaps`);
    assert.ok(!seen.has(`read ${SECRET}`) && !seen.has("file 18"), `an escape: ${JSON.stringify([...seen])}`);
    assert.equal(readFileSync(join(ground.O, "secret"), "utf8"), SECRET);
    assert.deepEqual(readdirSync(ground.O), ["secret"]);
    const known = new Set(["read inside", "file 6", "noent", "notcapable", "loop", "notdir", "ok"]);
    assert.deepEqual(
      [...seen.keys()].filter((answer) => !known.has(answer)),
      [],
    );
  } finally {
    writeFileSync(join(ground.top, "stop"), "");
    await ended;
    removeGround(ground);
  }
});

/** Reading, looking, making and removing in turn: each of them could be led astray. */
function attempt(caller: Caller, round: number): string {
  if (round % 4 === 1) return caller.stat(3, "d/secret");
  if (round % 4 === 2) {
    const file = caller.open(3, `d/new${round}`, { create: true, write: true });
    return typeof file === "string" ? file : caller.close(file);
  }
  if (round % 4 === 3) return caller.path("path_unlink_file", 3, `d/new${round - 1}`);
  const file = caller.open(3, "d/secret");
  if (typeof file === "string") return file;
  const text = caller.read(file);
  caller.close(file);
  return text;
}
