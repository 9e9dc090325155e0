// The file-system vectors on preview2, called as a component's imports are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createPreview2, hostDirectory, type AccessGuard } from "@tenon/wasi";
import {
  type Ground,
  makeGround,
  type Opening,
  removeGround,
  SECRET,
  type VectorFace,
  VECTORS,
  type Where,
} from "./fs-vectors.table.ts";
import { Watching } from "./watching.ts";

const skip = process.platform === "linux" ? false : "the vectors describe Linux";

/** Error codes by the names that the table has. */
const NAMES = new Map(
  Object.entries({
    "not-permitted": "perm",
    "no-entry": "noent",
    "not-directory": "notdir",
    "is-directory": "isdir",
    "name-too-long": "nametoolong",
    "illegal-byte-sequence": "ilseq",
    invalid: "inval",
    "insufficient-memory": "mfile",
  }),
);

type Answer = { readonly tag: "ok"; readonly val: unknown } | { readonly tag: "err"; readonly val: string };

function preview2Face(ground: Ground, guard: AccessGuard | undefined): VectorFace {
  const wasi = createPreview2({
    mounts: { "/": hostDirectory(ground.S, { readOnly: false }), "/r": hostDirectory(ground.R) },
    ...(guard !== undefined && { guard }),
  });
  const types = wasi.interfaces["wasi:filesystem/types"]!;
  const preopens = wasi.interfaces["wasi:filesystem/preopens"]!["get-directories"] as () => readonly [
    Disposable,
    string,
  ][];
  const [[s], [r]] = preopens() as [[Disposable, string], [Disposable, string]];
  const method = (name: string, self: unknown, ...args: readonly unknown[]): Answer =>
    (types[`[method]descriptor.${name}`] as (...all: readonly unknown[]) => Answer)(self, ...args);
  const on = (where: Where): Disposable => (where === "S" ? s : r);
  const word = (answer: Answer): string => (answer.tag === "ok" ? "ok" : (NAMES.get(answer.val) ?? answer.val));
  const one = (where: Where, name: string, path: string): string => word(method(name, on(where), path));

  const withOpen = (
    where: Where,
    path: string | Uint8Array,
    how: Opening,
    act: (file: Disposable) => string,
  ): string => {
    // Strings of a component are checked by its lifting, before a host function is called at all.
    if (typeof path !== "string") return "ilseq";
    const { create = false, truncate = false, directory = false, write = false, nofollow = false } = how;
    const flags = { symlinkFollow: !nofollow };
    const answer = method("open-at", on(where), flags, path, { create, truncate, directory }, { read: true, write });
    if (answer.tag === "err") return word(answer);
    const file = answer.val as Disposable;
    const result = act(file);
    file[Symbol.dispose]();
    return result;
  };
  const readAt = (file: Disposable, length: bigint, offset: bigint): string => {
    const answer = method("read", file, length, offset);
    return answer.tag === "err" ? word(answer) : `read ${new TextDecoder().decode((answer.val as [Uint8Array])[0])}`;
  };
  return {
    readText: (where, path, how = {}) => withOpen(where, path, how, (file) => readAt(file, 1000n, 0n)),
    open: (where, path, how = {}) => withOpen(where, path, how, () => "ok"),
    readAt: (where, path, length, offset) => withOpen(where, path, {}, (file) => readAt(file, BigInt(length), offset)),
    writeText: (where, path, text) =>
      withOpen(where, path, { create: true, truncate: true, write: true }, (file) =>
        word(method("write", file, new TextEncoder().encode(text), 0n)),
      ),
    openMany(where, path, count) {
      for (let at = 0; at < count; at++) {
        const answer = method("open-at", on(where), {}, path, {}, { read: true });
        if (answer.tag === "err") return word(answer);
      }
      return "ok";
    },
    mkdir: (where, path) => one(where, "create-directory-at", path),
    rmdir: (where, path) => one(where, "remove-directory-at", path),
    unlink: (where, path) => one(where, "unlink-file-at", path),
    symlink: (target, where, path) => word(method("symlink-at", on(where), target, path)),
    link: (from, path, to, toPath) => word(method("link-at", on(from), {}, path, on(to), toPath)),
    rename: (from, path, to, toPath) => word(method("rename-at", on(from), path, on(to), toPath)),
    stat(where, path, follow = true) {
      const answer = method("stat-at", on(where), { symlinkFollow: follow }, path);
      if (answer.tag === "err") return word(answer);
      const { type, size } = answer.val as { readonly type: string; readonly size: bigint };
      return type === "regular-file" ? `file ${size}` : type;
    },
    setTimes: (where, path) => word(method("set-times-at", on(where), {}, path, { tag: "now" }, { tag: "no-change" })),
    close: () => wasi.close(),
  };
}

for (const vector of VECTORS)
  for (const guard of [undefined, new Watching()]) {
    test(`vector ${vector.id}: ${vector.title}${guard === undefined ? "" : ", with a guard"}`, { skip }, async () => {
      const ground = makeGround();
      await vector.before?.(ground);
      const face = preview2Face(ground, guard);
      try {
        const answers = [vector.act(face, ground)].flat();
        assert.equal(answers.length, vector.expect.length);
        for (const [index, expected] of vector.expect.entries()) {
          const allowed = [expected].flat();
          assert.ok(
            allowed.includes(answers[index]!),
            `answer ${index}: ${answers[index]}, expected ${allowed.join(" or ")}`,
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
  const face = preview2Face(ground, guard);
  face.readText("S", "../O/secret", {});
  face.close();
  removeGround(ground);
  assert.deepEqual(guard.told, [{ path: "/../O/secret", isAllowed: false }]);
});
