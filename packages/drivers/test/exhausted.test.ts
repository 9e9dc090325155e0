// R18 and R20 (EAGAIN): a host that has no descriptors or processes left says so on every boundary, loses none, and goes on when
// there are some again.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FAULT_BOUNDARIES } from "./fault-boundaries.ts";

/** Hard and soft, so for all that the host starts as well. Node itself starts with 24. */
const MAX_FILES = 64;
const HOST = fileURLToPath(new URL("fixtures/host-without.mjs", import.meta.url));

interface Row {
  readonly title: string;
  readonly boundary: string;
  readonly artifact: object;
  /** A file for `artifact.module` that was read before anything was gone. */
  readonly bytes?: string;
}
type Answer = number | { readonly code: string; readonly message: string; readonly details: unknown };
interface Told {
  readonly cold: readonly Answer[];
  readonly warm: readonly Answer[];
  readonly left: number;
  readonly unhandled: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), "tenon-exhausted-"));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

/** Guests of WebAssembly by their bytes, which get further, and a library where any user may read it. */
function byBytes({ title, boundary, artifact }: Row): Row {
  const { module, library } = artifact as { readonly module?: unknown; readonly library?: string };
  if (library !== undefined) {
    const copy = join(folder, `${title}.so`);
    copyFileSync(library, copy);
    return { title, boundary, artifact: { ...artifact, library: copy } };
  }
  if (!(module instanceof Uint8Array)) return { title, boundary, artifact };
  const bytes = join(folder, `${title}.wasm`);
  writeFileSync(bytes, module);
  return { title, boundary, artifact: { ...artifact, module: undefined }, bytes };
}

const ROWS: readonly Row[] = FAULT_BOUNDARIES.map(byBytes);
const BY_PATH: readonly Row[] = ROWS.filter(({ title, bytes }) => bytes !== undefined && !title.includes(",")).map(
  ({ title, boundary, artifact, bytes }) => ({
    title: `${title}, by its path`,
    boundary,
    artifact: { ...artifact, module: bytes },
  }),
);

async function tell(command: readonly string[], user: object = {}): Promise<Told> {
  const host = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "inherit"], ...user });
  let output = "";
  host.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const [code] = (await once(host, "close")) as [number | null];
  assert.equal(code, 0, output);
  return JSON.parse(output) as Told;
}

function hostOf(row: Row, without: "files" | "processes"): readonly string[] {
  const file = join(folder, `${row.title}-${without}.json`);
  writeFileSync(file, JSON.stringify(row));
  return [process.execPath, HOST, without, file];
}

/** With the right answers, and `isExhausted` for the others, at the times when there is nothing left. */
function holds({ cold, warm, left, unhandled }: Told, isExhausted: (answer: Exclude<Answer, number>) => void): void {
  for (const answers of [cold, warm]) {
    for (const [at, answer] of answers.entries()) {
      // What is open, and what needs nothing that is not, may well answer.
      if (typeof answer === "number") assert.equal(answer, at + 1);
      else if (at % 2 === 0) isExhausted(answer);
      else assert.fail(answer.message);
    }
  }
  assert.deepEqual({ left, unhandled }, { left: 0, unhandled: [] });
}

const skip = process.platform === "linux" ? false : "counts descriptors under /proc";
describe("R18: without descriptors", { skip, concurrency: 2 }, () => {
  for (const row of [...ROWS, ...BY_PATH]) {
    test(`${row.title}: a typed error, nothing left open, and the right answers afterwards`, async () => {
      const script = `ulimit -n ${MAX_FILES}; exec "$@"`;
      const told = await tell(["sh", "-c", script, "sh", ...hostOf(row, "files")]);
      assert.equal(typeof told.cold[0], "object", "nothing of it could be opened");
      holds(told, ({ code, message, details }) => {
        assert.equal(code, "resource-exhausted", message);
        assert.match(message, /no file descriptors are left to .*ulimit -n/s);
        assert.deepEqual(details, { exhausted: "descriptors", errno: "EMFILE" });
      });
    });
  }
});

/** No such limit holds for root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
/** Inline they have neither a thread nor a process of their own. */
const needsRoom = ({ title, boundary, artifact }: Row): boolean =>
  boundary !== "import" && !title.includes("inline") && (artifact as { isolation?: string }).isolation !== "inline";

function lacksLimit(): string | false {
  if (process.platform !== "linux") return "limits processes by prlimit(1)";
  const tried = spawnSync("prlimit", ["--version"]);
  if (tried.error !== undefined) return `prlimit of util-linux is not installed: ${tried.error.message}`;
  // Plugins in a process of their own are handed over in a temporary folder, which may be root's alone.
  const script =
    'const fs = require("node:fs"); fs.accessSync(process.argv[1]); fs.accessSync(os.tmpdir(), fs.constants.W_OK)';
  const read = spawnSync(process.execPath, ["-e", script, HOST], { ...NOBODY, encoding: "utf8" });
  if (read.status === 0) return false;
  return `no limit of processes holds for root, and no other user can run this: ${read.error?.message ?? read.stderr}`;
}

describe("R20: without processes", { skip: lacksLimit(), concurrency: 2 }, () => {
  for (const row of ROWS) {
    test(`${row.title}: a typed error, nothing left open, and the right answers afterwards`, async () => {
      const told = await tell(hostOf(row, "processes"), NOBODY);
      if (needsRoom(row)) assert.equal(typeof told.cold[0], "object", "nothing of it could be started");
      holds(told, ({ code, message }) => {
        assert.equal(code, "resource-exhausted", message);
        assert.match(message, /no room (?:for another|to start).*EAGAIN/);
      });
    });
  }
});
