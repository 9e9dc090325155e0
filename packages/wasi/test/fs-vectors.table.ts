// The 48 ways in which a guest, or somebody beside it, tries a file system: what is set up, what is done, what may come of it.
import { execFileSync, spawnSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** S is mounted for reading and writing, R read-only. */
export type Where = "S" | "R";
export interface Opening {
  readonly create?: boolean;
  readonly truncate?: boolean;
  readonly directory?: boolean;
  readonly write?: boolean;
  readonly nofollow?: boolean;
}

/** A face as the vectors see it. Every answer is `ok`, `read TEXT`, a type with its size, or the name of an error. */
export interface VectorFace {
  /** Opens, reads and closes. */
  readText(where: Where, path: string | Uint8Array, how?: Opening): string;
  /** Opens, writes when asked to, and closes. */
  open(where: Where, path: string | Uint8Array, how?: Opening): string;
  readAt(where: Where, path: string, length: number, offset: bigint): string;
  writeText(where: Where, path: string, text: string): string;
  openMany(where: Where, path: string, count: number): string;
  mkdir(where: Where, path: string): string;
  rmdir(where: Where, path: string): string;
  unlink(where: Where, path: string): string;
  symlink(target: string, where: Where, path: string): string;
  link(from: Where, path: string, to: Where, toPath: string): string;
  rename(from: Where, path: string, to: Where, toPath: string): string;
  stat(where: Where, path: string, follow?: boolean): string;
  setTimes(where: Where, path: string): string;
  close(): void;
}

/** The folders of one vector: `O` lies beside the mounts and holds a secret. */
export interface Ground {
  readonly top: string;
  readonly S: string;
  readonly O: string;
  readonly R: string;
}

export interface Vector {
  readonly id: number;
  readonly title: string;
  /** Prepares the host's side. */
  readonly before?: (ground: Ground) => unknown;
  /** One answer, or one for each of `expect`. */
  readonly act: (face: VectorFace, ground: Ground) => string | readonly string[];
  /** For each answer, the one or more that are right. */
  readonly expect: readonly (string | readonly string[])[];
  readonly after?: (ground: Ground) => unknown;
}

export const SECRET = "the secret outside";
const DENIED = ["perm", "notcapable"];
const INSIDE = "read inside";

export function makeGround(): Ground {
  const top = mkdtempSync(join(tmpdir(), "wasi-vectors-"));
  const ground = { top, S: join(top, "S"), O: join(top, "O"), R: join(top, "R") };
  for (const folder of [ground.S, ground.O, ground.R, join(ground.S, "a")]) mkdirSync(folder);
  writeFileSync(join(ground.O, "secret"), SECRET);
  writeFileSync(join(ground.R, "file"), "read-only");
  writeFileSync(join(ground.S, "f"), "inside");
  writeFileSync(join(ground.S, "a", "b"), "inside");
  return ground;
}

export function removeGround(ground: Ground): void {
  rmSync(ground.top, { recursive: true, force: true });
}

const linkOut = (ground: Ground): void => symlinkSync("../O", join(ground.S, "l"));
const chain =
  (count: number) =>
  (ground: Ground): void => {
    for (let at = 1; at <= count; at++) symlinkSync(at === count ? "f" : `c${at + 1}`, join(ground.S, `c${at}`));
  };

export const VECTORS: readonly Vector[] = [
  { id: 1, title: "../O/secret", act: (face) => face.readText("S", "../O/secret"), expect: [DENIED] },
  { id: 2, title: "a/../../O/secret", act: (face) => face.readText("S", "a/../../O/secret"), expect: [DENIED] },
  { id: 3, title: "an absolute path", act: (face) => face.readText("S", "/etc/passwd"), expect: [DENIED] },
  { id: 4, title: "an empty path", act: (face) => face.open("S", ""), expect: ["noent"] },
  { id: 5, title: "the directory itself", act: (face) => face.stat("S", "."), expect: ["directory"] },
  {
    id: 6,
    title: "the directory above",
    act: (face) => [face.stat("S", ".."), face.open("S", "..")],
    expect: [DENIED, DENIED],
  },
  { id: 7, title: "a doubled slash", act: (face) => face.readText("S", "a//b"), expect: [INSIDE] },
  { id: 8, title: "a dot inside", act: (face) => face.readText("S", "a/./b"), expect: [INSIDE] },
  {
    id: 9,
    title: "a link outside, as a directory",
    before: linkOut,
    act: (face) => face.open("S", "l/"),
    expect: [DENIED],
  },
  {
    id: 10,
    title: "a file behind a link outside",
    before: linkOut,
    act: (face) => face.readText("S", "l/secret"),
    expect: [DENIED],
  },
  {
    id: 11,
    title: "the same with a doubled slash",
    before: linkOut,
    act: (face) => face.readText("S", "l//secret"),
    expect: [DENIED],
  },
  {
    id: 12,
    title: "a link outside and a dot",
    before: linkOut,
    act: (face) => face.stat("S", "l/."),
    expect: [DENIED],
  },
  {
    id: 13,
    title: "a link outside and back",
    before: linkOut,
    act: (face) => face.stat("S", "l/.."),
    expect: [DENIED],
  },
  {
    id: 14,
    title: "a link whose target ends with a slash, found and made",
    before: (ground) => symlinkSync("../O/", join(ground.S, "l")),
    act: (face) => [
      face.readText("S", "l/secret"),
      face.symlink("../O/", "S", "own"),
      face.readText("S", "own/secret"),
    ],
    expect: [DENIED, DENIED, "noent"],
  },
  { id: 15, title: "a file with a slash", act: (face) => face.open("S", "f/"), expect: ["notdir"] },
  {
    id: 16,
    title: "slashes at the end of what is changed",
    before: (ground) => mkdirSync(join(ground.S, "d")),
    act: (face) => [
      face.rename("S", "d/", "S", "e/"),
      face.rename("S", "f", "S", "g/"),
      face.rename("S", "f/", "S", "g"),
      face.unlink("S", "f/"),
      face.unlink("S", "e/"),
      face.rmdir("S", "f/"),
      face.rmdir("S", "e/"),
      face.symlink("f", "S", "n/"),
      face.link("S", "f", "S", "n/"),
      face.link("S", "f/", "S", "n"),
    ],
    expect: ["ok", "notdir", "notdir", "notdir", "isdir", "notdir", "ok", "noent", "noent", "notdir"],
  },
  {
    id: 17,
    title: "a link to an absolute path",
    before: (ground) => symlinkSync(join(ground.O, "secret"), join(ground.S, "l")),
    act: (face, ground) => [face.readText("S", "l"), face.symlink(join(ground.O, "secret"), "S", "own")],
    expect: [DENIED, DENIED],
  },
  {
    id: 18,
    title: "a chain of three links",
    before: chain(3),
    act: (face) => face.readText("S", "c1"),
    expect: [INSIDE],
  },
  {
    id: 19,
    title: "a loop of links",
    before(ground) {
      symlinkSync("y", join(ground.S, "x"));
      symlinkSync("x", join(ground.S, "y"));
    },
    act: (face) => [face.readText("S", "x"), face.open("S", "x/y")],
    expect: ["loop", "loop"],
  },
  {
    id: 20,
    title: "forty links and forty-one",
    before: chain(41),
    act: (face) => [face.readText("S", "c2"), face.readText("S", "c1")],
    expect: [INSIDE, "loop"],
  },
  {
    id: 21,
    title: "a dangling link, inside and outside",
    before(ground) {
      symlinkSync("new", join(ground.S, "l"));
      symlinkSync("../O/new", join(ground.S, "out"));
    },
    act: (face) => [
      face.readText("S", "l"),
      face.open("S", "l", { nofollow: true }),
      face.open("S", "l", { create: true, write: true }),
      face.stat("S", "new"),
      face.open("S", "out", { create: true, write: true }),
    ],
    expect: ["noent", "loop", "ok", "file 0", DENIED],
  },
  {
    id: 22,
    title: "truncating a read-only file",
    act: (face) => [
      face.open("R", "file", { truncate: true, write: true }),
      face.open("R", "file", { truncate: true }),
      face.stat("R", "file"),
    ],
    expect: [DENIED, DENIED, "file 9"],
  },
  {
    id: 23,
    title: "creating in a read-only directory",
    act: (face) => [
      face.open("R", "new", { create: true, write: true }),
      face.open("R", "new", { create: true }),
      face.stat("R", "new"),
    ],
    expect: [DENIED, DENIED, "noent"],
  },
  {
    id: 24,
    title: "changing a read-only directory",
    before: (ground) => mkdirSync(join(ground.R, "d")),
    act: (face) => [
      face.mkdir("R", "new"),
      face.unlink("R", "file"),
      face.rmdir("R", "d"),
      face.rename("R", "file", "R", "new"),
      face.setTimes("R", "file"),
      face.symlink("file", "R", "new"),
      face.open("R", "file", { write: true }),
    ],
    expect: [DENIED, DENIED, DENIED, DENIED, DENIED, DENIED, DENIED],
  },
  {
    id: 25,
    title: "a hard link into the read-only mount",
    act: (face) => face.link("S", "f", "R", "new"),
    expect: [DENIED],
  },
  {
    id: 26,
    title: "a hard link out of the read-only mount, to write through",
    act: (face, ground) => {
      const linked = face.link("R", "file", "S", "new");
      face.writeText("S", "new", "changed");
      return [linked, readFileSync(join(ground.R, "file"), "utf8")];
    },
    expect: [DENIED, "read-only"],
  },
  {
    id: 27,
    title: "a rename into the read-only mount",
    act: (face) => face.rename("S", "f", "R", "new"),
    expect: [DENIED],
  },
  {
    id: 28,
    title: "a rename out of the read-only mount",
    act: (face) => face.rename("R", "file", "S", "new"),
    expect: [DENIED],
  },
  {
    id: 29,
    title: "a directory that becomes a link",
    act(face, ground) {
      mkdirSync(join(ground.S, "d"));
      const before = face.stat("S", "d");
      rmdirSync(join(ground.S, "d"));
      symlinkSync("../O", join(ground.S, "d"));
      return [before, face.readText("S", "d/secret")];
    },
    expect: ["directory", DENIED],
  },
  {
    id: 30,
    title: "a directory swapped for a link by rename",
    before: linkOut,
    act(face, ground) {
      const before = face.readText("S", "a/b");
      renameSync(join(ground.S, "a"), join(ground.S, "kept"));
      renameSync(join(ground.S, "l"), join(ground.S, "a"));
      return [before, face.readText("S", "a/secret")];
    },
    expect: [INSIDE, DENIED],
  },
  // 31, the race of 20,000 swaps, is a test of its own.
  {
    id: 32,
    title: "the host moves the mounted directory away",
    act(face, ground) {
      renameSync(ground.S, join(ground.O, "moved"));
      mkdirSync(ground.S);
      writeFileSync(join(ground.S, "f"), "another");
      return [face.readText("S", "f"), face.readText("S", "../secret")];
    },
    expect: [INSIDE, DENIED],
  },
  {
    id: 33,
    title: "a NUL in a path",
    act: (face) => [face.open("S", "f\0"), face.mkdir("S", "x\0y"), face.symlink("f\0", "S", "n")],
    expect: [
      ["ilseq", "inval"],
      ["ilseq", "inval"],
      ["ilseq", "inval"],
    ],
  },
  {
    id: 34,
    title: "a path that is no UTF-8",
    act: (face) => face.open("S", new Uint8Array([0x66, 0xff])),
    expect: ["ilseq"],
  },
  {
    id: 35,
    title: "a segment of 4,096 bytes",
    act: (face) => face.open("S", "x".repeat(4096)),
    expect: ["nametoolong"],
  },
  {
    id: 36,
    title: "ten thousand segments",
    act: (face) => face.open("S", "a/../".repeat(5000)),
    expect: ["nametoolong"],
  },
  {
    id: 37,
    title: "backslashes are ordinary here",
    act: (face, ground) => [
      face.open("S", "..\\O\\secret"),
      face.writeText("S", "x\\y", "text"),
      readFileSync(join(ground.S, "x\\y"), "utf8"),
    ],
    expect: ["noent", "ok", "text"],
  },
  {
    id: 38,
    title: "a FIFO does not block",
    before: (ground) => execFileSync("mkfifo", [join(ground.S, "fifo")]),
    act: (face) => [face.open("S", "fifo"), face.open("S", "fifo", { write: true })],
    expect: [DENIED, DENIED],
  },
  {
    id: 39,
    title: "a device (made where the tests run as root, behind a link elsewhere)",
    before(ground) {
      if (spawnSync("mknod", [join(ground.S, "null"), "c", "1", "3"]).status !== 0)
        symlinkSync("/dev/null", join(ground.S, "null"));
    },
    act: (face) => [face.open("S", "null"), face.open("S", "null", { write: true })],
    expect: [DENIED, DENIED],
  },
  {
    id: 40,
    title: "a socket",
    before: (ground) => listen(join(ground.S, "socket")),
    act: (face) => face.open("S", "socket"),
    expect: [DENIED],
    after: () => servers.splice(0).forEach((server) => server.close()),
  },
  {
    id: 41,
    title: "a hard link that the host made to a file outside is a file inside",
    before: (ground) => linkSync(join(ground.O, "secret"), join(ground.S, "shared")),
    act: (face) => face.readText("S", "shared"),
    expect: [`read ${SECRET}`],
  },
  {
    id: 42,
    title: "/proc/self is not there unless it is granted",
    before: (ground) => symlinkSync("/proc/self", join(ground.S, "self")),
    act: (face) => [
      face.open("S", "/proc/self/environ"),
      face.open("S", "self/environ"),
      face.open("S", "proc/self/environ"),
    ],
    expect: [DENIED, DENIED, "noent"],
  },
  {
    id: 43,
    title: "a reading of 2^33 bytes is served in part",
    act: (face) => face.readAt("S", "f", 2 ** 33, 0n),
    expect: [INSIDE],
  },
  {
    id: 44,
    title: "a reading at 2^63 and at the highest offset",
    act: (face) => [face.readAt("S", "f", 10, 1n << 63n), face.readAt("S", "f", 10, (1n << 64n) - 1n)],
    expect: ["inval", "inval"],
  },
  { id: 45, title: "the limit of open files", act: (face) => face.openMany("S", "f", 1100), expect: ["mfile"] },
  {
    id: 46,
    title: "a directory opened for writing",
    act: (face) => face.open("S", "a", { write: true }),
    expect: ["isdir"],
  },
  {
    id: 47,
    title: "names that differ in case or composition are different names",
    act: (face) => [face.writeText("S", "caf\u00e9", "one"), face.readText("S", "cafe\u0301"), face.readText("S", "F")],
    expect: ["ok", "noent", "noent"],
  },
  {
    id: 48,
    title: "names that mean something on Windows are ordinary here (its own rules: host-names.test.ts)",
    act: (face) => ["C:x", "f:stream", "\\\\?\\C:", "con", "nul.txt"].map((name) => face.writeText("S", name, "text")),
    expect: ["ok", "ok", "ok", "ok", "ok"],
  },
];

const servers: Server[] = [];

function listen(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject).listen(path, resolve);
    servers.push(server);
  });
}
