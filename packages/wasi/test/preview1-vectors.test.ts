// The file-system vectors on preview1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostDirectory, type AccessGuard } from "@tenon/wasi";
import {
  type Ground,
  makeGround,
  removeGround,
  SECRET,
  type VectorFace,
  VECTORS,
  type Where,
} from "./fs-vectors.table.ts";
import { Watching } from "./watching.ts";
import { Caller } from "./preview1-caller.ts";

const skip = process.platform === "linux" ? false : "the vectors describe Linux";

function preview1Face(ground: Ground, guard: AccessGuard | undefined): VectorFace {
  const caller = new Caller({
    mounts: { "/": hostDirectory(ground.S, { readOnly: false }), "/r": hostDirectory(ground.R) },
    ...(guard !== undefined && { guard }),
  });
  const fd = (where: Where): number => (where === "S" ? 3 : 4);
  const withOpen = (opened: number | string, act: (file: number) => string): string => {
    if (typeof opened === "string") return opened;
    const answer = act(opened);
    assert.equal(caller.close(opened), "ok");
    return answer;
  };
  return {
    readText: (where, path, how) => withOpen(caller.open(fd(where), path, how), (file) => caller.read(file)),
    open: (where, path, how) => withOpen(caller.open(fd(where), path, how), () => "ok"),
    readAt: (where, path, length, offset) =>
      withOpen(caller.open(fd(where), path), (file) => {
        if (length < 2 ** 32) return caller.read(file, length, offset);
        return readHuge(caller, file, length);
      }),
    writeText: (where, path, text) =>
      withOpen(caller.open(fd(where), path, { create: true, truncate: true, write: true }), (file) =>
        caller.write(file, text),
      ),
    openMany(where, path, count) {
      for (let at = 0; at < count; at++) {
        const opened = caller.open(fd(where), path);
        if (typeof opened === "string") return opened;
      }
      return "ok";
    },
    mkdir: (where, path) => caller.path("path_create_directory", fd(where), path),
    rmdir: (where, path) => caller.path("path_remove_directory", fd(where), path),
    unlink: (where, path) => caller.path("path_unlink_file", fd(where), path),
    symlink: (target, where, path) => caller.symlink(target, fd(where), path),
    link: (from, path, to, toPath) => caller.link(fd(from), path, fd(to), toPath),
    rename: (from, path, to, toPath) => caller.rename(fd(from), path, fd(to), toPath),
    stat: (where, path, follow) => caller.stat(fd(where), path, follow),
    setTimes: (where, path) => caller.setTimes(fd(where), path, 0n),
    close: () => caller.wasi.close(),
  };
}

/** Lengths are 32 bits here, so 2^33 is a vector of many overlapping buffers. */
function readHuge(caller: Caller, file: number, length: number): string {
  const whole = 65_536;
  const count = Math.min(length / whole, 1024);
  for (let at = 0; at < count; at++) {
    caller.view.setUint32(2048 + at * 8, 65_536, true);
    caller.view.setUint32(2052 + at * 8, whole, true);
  }
  const result = caller.call("fd_read", file, 2048, count, 0);
  if (result !== "ok") return result;
  return `read ${new TextDecoder().decode(new Uint8Array(caller.memory.buffer, 65_536, caller.view.getUint32(0, true)))}`;
}

for (const vector of VECTORS)
  for (const guard of [undefined, new Watching()]) {
    test(`vector ${vector.id}: ${vector.title}${guard === undefined ? "" : ", with a guard"}`, { skip }, async () => {
      const ground = makeGround();
      await vector.before?.(ground);
      const face = preview1Face(ground, guard);
      try {
        const answers = [vector.act(face, ground)].flat();
        assert.equal(answers.length, vector.expect.length);
        for (const [index, expected] of vector.expect.entries()) {
          assert.ok(
            [expected].flat().includes(answers[index]!),
            `answer ${index}: ${answers[index]}, expected ${[expected].flat().join(" or ")}`,
          );
        }
        if (vector.id !== 41) assert.ok(!answers.some((answer) => answer.includes(SECRET)), "an escape");
        guard?.checkPaths();
      } finally {
        face.close();
        await vector.after?.(ground);
        removeGround(ground);
      }
    });
  }

test("what leads out is told as denied, by the path as it was written", { skip }, () => {
  const ground = makeGround();
  const guard = new Watching();
  const face = preview1Face(ground, guard);
  face.readText("S", "../O/secret", {});
  face.close();
  removeGround(ground);
  assert.deepEqual(guard.told, [{ path: "/../O/secret", isAllowed: false }]);
});
