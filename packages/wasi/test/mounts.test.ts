// Mounts: what each keeps, hides, counts and refuses.
import assert from "node:assert/strict";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hostDirectory, memoryDirectory, overlayDirectory } from "@tenon/wasi";
import { type Ground, makeGround, removeGround } from "./fs-vectors.table.ts";
import { Caller } from "./preview1-caller.ts";

function onGround(act: (ground: Ground) => void): () => void {
  return () => {
    const ground = makeGround();
    try {
      act(ground);
    } finally {
      removeGround(ground);
    }
  };
}

function put(caller: Caller, path: string, text: string, append = false): string {
  const file = caller.open(3, path, { create: true, write: true, truncate: !append, append });
  if (typeof file === "string") return file;
  const answer = caller.write(file, text);
  caller.close(file);
  return answer;
}

function get(caller: Caller, path: string): string {
  const file = caller.open(3, path);
  if (typeof file === "string") return file;
  const answer = caller.read(file);
  caller.close(file);
  return answer;
}

test("a directory that is not there is file-missing", () => {
  assert.throws(() => hostDirectory("/nowhere/at/all"), { code: "file-missing" });
});

test(
  "a host directory is read-only unless writing is granted",
  onGround((ground) => {
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S) } });
    assert.equal(get(caller, "f"), "read inside");
    assert.equal(put(caller, "f", "x"), "notcapable");
    caller.wasi.close();
  }),
);

test(
  "a directory that a path went through before is found anew whatever became of it",
  onGround((ground) => {
    const at = (...names: readonly string[]): string => join(ground.S, ...names);
    mkdirSync(at("deep", "er"), { recursive: true });
    writeFileSync(at("deep", "er", "f"), "first");
    const descriptors = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
    const often = (): string[] => Array.from({ length: 4 }, () => get(caller, "deep/er/f"));
    const all = (answer: string): string[] => [answer, answer, answer, answer];
    assert.deepEqual(often(), all("read first"));
    // Its name leads elsewhere now, and back.
    renameSync(at("deep"), at("moved"));
    assert.deepEqual(often(), all("noent"));
    mkdirSync(at("deep", "er"), { recursive: true });
    writeFileSync(at("deep", "er", "f"), "second");
    assert.deepEqual(often(), all("read second"));
    assert.equal(get(caller, "moved/er/f"), "read first");
    // A symlink out of the mount takes its place, then one inside.
    rmSync(at("deep"), { recursive: true });
    assert.deepEqual(often(), all("noent"));
    mkdirSync(join(ground.O, "er"));
    writeFileSync(join(ground.O, "er", "f"), "outside");
    symlinkSync("../O", at("deep"));
    assert.deepEqual(often(), all(process.platform === "linux" ? "notcapable" : "notdir"));
    rmSync(at("deep"));
    symlinkSync("moved", at("deep"));
    if (process.platform === "linux") assert.deepEqual(often(), all("read first"));
    // The directory itself leaves the mount, with a link to it in its place.
    rmSync(at("deep"));
    renameSync(at("moved"), at("deep"));
    assert.deepEqual(often(), all("read first"));
    renameSync(at("deep", "er"), join(ground.O, "gone"));
    symlinkSync("../../O/gone", at("deep", "er"));
    assert.deepEqual(often(), all(process.platform === "linux" ? "notcapable" : "notdir"));
    // The whole mount moves: it stays what was mounted.
    rmSync(at("deep", "er"));
    renameSync(join(ground.O, "gone"), at("deep", "er"));
    assert.deepEqual(often(), all("read first"));
    if (process.platform === "linux") {
      renameSync(ground.S, join(ground.top, "elsewhere"));
      mkdirSync(at("deep", "er"), { recursive: true });
      writeFileSync(at("deep", "er", "f"), "another mount");
      assert.deepEqual(often(), all("read first"));
    }
    caller.wasi.close();
    if (process.platform === "linux") assert.equal(readdirSync("/proc/self/fd").length, descriptors);
  }),
);

test(
  "many deep directories keep few descriptors, and a nested rename keeps both of its own",
  onGround((ground) => {
    for (let index = 0; index < 40; index++) {
      mkdirSync(join(ground.S, `d${index}`));
      writeFileSync(join(ground.S, `d${index}`, "f"), String(index));
    }
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 40; index++) {
        assert.deepEqual([get(caller, `d${index}/f`), get(caller, `d${index}/f`)], [`read ${index}`, `read ${index}`]);
      }
    }
    if (process.platform === "linux") assert.ok(readdirSync("/proc/self/fd").length < 80);
    for (let index = 0; index + 1 < 40; index++) {
      assert.equal(caller.rename(3, `d${index}/f`, 3, `d${index + 1}/g`), "ok");
      assert.equal(get(caller, `d${index + 1}/g`), `read ${index}`);
    }
    caller.wasi.close();
  }),
);

test(
  "the quota of a host directory counts growth, holes and names",
  onGround((ground) => {
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false, maxBytes: 10_000 }) } });
    assert.equal(put(caller, "new", "x".repeat(4_000)), "ok");
    const file = caller.open(3, "new", { write: true }) as number;
    assert.equal(caller.write(file, "y".repeat(4_000)), "ok", "what stays as long as it was is free");
    assert.equal(caller.write(file, "tail", 1n << 40n), "nospc");
    assert.equal(caller.call("fd_filestat_set_size", file, 1n << 30n), "nospc");
    assert.equal(caller.call("fd_allocate", file, 0n, 1n << 30n), "nospc");
    assert.equal(put(caller, "new", "z".repeat(9_000), true), "nospc");
    assert.equal(statSync(join(ground.S, "new")).size, 4_000);
    let names = 0;
    while (caller.path("path_create_directory", 3, `n${names}`) === "ok") names++;
    assert.ok(names > 5 && names < 15, `${names} directories`);
    assert.equal(caller.open(3, "another", { create: true, write: true }), "nospc");
    assert.equal(readdirSync(ground.S).includes("another"), false);
    caller.wasi.close();
  }),
);

test(
  "appending goes to the end, wherever another writer has moved it",
  onGround((ground) => {
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
    const file = caller.open(3, "log", { create: true, write: true, append: true }) as number;
    caller.write(file, "one ");
    writeFileSync(join(ground.S, "log"), "elsewhere ", { flag: "a" });
    caller.write(file, "two");
    assert.equal(readFileSync(join(ground.S, "log"), "utf8"), "one elsewhere two");
    caller.wasi.close();
  }),
);

test(
  "times are kept to the nanosecond until somebody else sets them",
  onGround((ground) => {
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
    assert.equal(caller.setTimes(3, "f", 1_234_567_890_123_456_789n), "ok");
    assert.equal(caller.modified(3, "f"), 1_234_567_890_123_456_789n);
    writeFileSync(join(ground.S, "f"), "inside");
    assert.notEqual(caller.modified(3, "f"), 1_234_567_890_123_456_789n);
    caller.wasi.close();
  }),
);

test(
  "listings are complete with small buffers and keep their cookies while files go",
  onGround((ground) => {
    for (let at = 0; at < 50; at++) writeFileSync(join(ground.S, `file-${at}`), "");
    const caller = new Caller({ mounts: { "/": hostDirectory(ground.S, { readOnly: false }) } });
    assert.equal(new Set(caller.list(3)).size, 50 + 4);
    const directory = caller.open(3, ".", { directory: true }) as number;
    assert.deepEqual(caller.list(directory, 4_096).toSorted(), [".", "..", ...readdirSync(ground.S)].toSorted());
    caller.wasi.close();
  }),
);

test("memory: what the host puts in the guest reads, and the other way round", () => {
  const tree = memoryDirectory({ files: { "a/b/c": "deep", top: "level" } });
  const caller = new Caller({ mounts: { "/": tree } });
  assert.equal(get(caller, "a/b/c"), "read deep");
  assert.equal(put(caller, "a/new", "made"), "ok");
  assert.equal(new TextDecoder().decode(tree.readFile("a/new")), "made");
  assert.deepEqual(tree.list(), ["a", "top"]);
  assert.deepEqual(tree.list("a"), ["b", "new"]);
  assert.equal(tree.readFile("missing"), undefined);
  assert.equal(tree.readFile("a"), undefined);
  caller.wasi.close();
  assert.throws(() => memoryDirectory({ files: { big: "x".repeat(2_000) }, maxBytes: 1_000 }), {
    code: "resource-exhausted",
  });
  assert.throws(() => memoryDirectory({ files: { "../out": "" } }), { code: "config-invalid" });
});

test("memory: a deleted file lives as long as it is open, then its bytes are free again", () => {
  const caller = new Caller({ mounts: { "/": memoryDirectory({ maxBytes: 5_000 }) } });
  for (let round = 0; round < 20; round++) {
    const file = caller.open(3, "f", { create: true, write: true }) as number;
    assert.equal(caller.write(file, "x".repeat(3_000)), "ok");
    assert.equal(caller.path("path_unlink_file", 3, "f"), "ok");
    assert.equal(caller.read(file, 3, 0n), "read xxx");
    assert.equal(put(caller, "g", "y".repeat(3_000)), "nospc");
    caller.path("path_unlink_file", 3, "g");
    assert.equal(caller.close(file), "ok");
  }
  caller.wasi.close();
});

test("memory: names are bounded, a directory does not move into itself, holes read as zeros", () => {
  const caller = new Caller({ mounts: { "/": memoryDirectory() } });
  assert.equal(put(caller, "x".repeat(256), ""), "nametoolong");
  caller.path("path_create_directory", 3, "a");
  caller.path("path_create_directory", 3, "a/b");
  assert.equal(caller.rename(3, "a", 3, "a/b/c"), "inval");
  const file = caller.open(3, "f", { create: true, write: true }) as number;
  assert.equal(caller.write(file, "end", 3n), "ok");
  assert.equal(caller.read(file, 10, 0n), "read \0\0\0end");
  assert.equal(caller.call("fd_filestat_set_size", file, 2n), "ok");
  assert.equal(caller.call("fd_filestat_set_size", file, 5n), "ok");
  assert.equal(caller.read(file, 10, 0n), "read \0\0\0\0\0");
  caller.wasi.close();
});

test(
  "overlay: the lower directory is seen, hidden, changed and moved above, and never touched",
  onGround((ground) => {
    mkdirSync(join(ground.S, "a", "deep"));
    writeFileSync(join(ground.S, "a", "deep", "x"), "lower x");
    symlinkSync("a/b", join(ground.S, "link"));
    const before = JSON.stringify(readdirSync(ground.S, { recursive: true }));
    const tree = overlayDirectory(hostDirectory(ground.S, { readOnly: false }));
    const caller = new Caller({ mounts: { "/": tree } });
    assert.equal(get(caller, "link"), "read inside");
    assert.equal(put(caller, "f", " and more", true), "ok");
    assert.equal(get(caller, "f"), "read inside and more");
    assert.equal(caller.path("path_unlink_file", 3, "a/b"), "ok");
    assert.equal(get(caller, "a/b"), "noent");
    assert.equal(caller.path("path_remove_directory", 3, "a"), "notempty");
    assert.equal(caller.rename(3, "a/deep", 3, "moved"), "ok");
    assert.equal(get(caller, "moved/x"), "read lower x");
    assert.equal(caller.path("path_remove_directory", 3, "a"), "ok");
    assert.equal(caller.path("path_create_directory", 3, "a"), "ok");
    assert.deepEqual(caller.list(caller.open(3, "a", { directory: true }) as number), [".", ".."]);
    assert.deepEqual(tree.list(), ["a", "f", "link", "moved"]);
    assert.equal(JSON.stringify(readdirSync(ground.S, { recursive: true })), before);
    assert.equal(readFileSync(join(ground.S, "f"), "utf8"), "inside");
    caller.wasi.close();
  }),
);

test(
  "overlay: copying up counts against the quota, and names made and removed leave nothing",
  onGround((ground) => {
    writeFileSync(join(ground.S, "big"), "x".repeat(50_000));
    const caller = new Caller({ mounts: { "/": overlayDirectory(hostDirectory(ground.S), { maxBytes: 20_000 }) } });
    assert.match(get(caller, "big"), /^read x{1000}$/);
    assert.equal(put(caller, "big", "y", true), "nospc");
    for (let round = 0; round < 200; round++) {
      assert.equal(put(caller, `t${round}`, ""), "ok");
      assert.equal(caller.path("path_unlink_file", 3, `t${round}`), "ok");
    }
    caller.wasi.close();
  }),
);

test(
  "an escape below an overlay is refused like any other",
  onGround((ground) => {
    symlinkSync("../O", join(ground.S, "l"));
    linkSync(join(ground.O, "secret"), join(ground.O, "again"));
    const caller = new Caller({ mounts: { "/": overlayDirectory(hostDirectory(ground.S)) } });
    assert.equal(get(caller, "l/secret"), "notcapable");
    assert.equal(get(caller, "../O/secret"), "notcapable");
    caller.wasi.close();
  }),
);
