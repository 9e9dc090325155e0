// R18: a host that has no descriptors left says so on every boundary, loses none, and goes on when there are some.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FAULT_BOUNDARIES } from "./fault-boundaries.ts";

/**
 * Node 20 and 24 start with 24, but read the modules of a program all at once, and to load those of every driver takes more
 * than 128 on either.
 */
const MAX_FILES = 256;
const HOST = fileURLToPath(new URL("fixtures/host-without-files.mjs", import.meta.url));

interface Row {
  readonly title: string;
  readonly boundary: string;
  readonly artifact: object;
  /** A file for `artifact.module` that was read before the descriptors were gone. */
  readonly bytes?: string;
}
type Answer = number | { readonly code: string; readonly message: string; readonly details: unknown };
interface Told {
  readonly cold: readonly Answer[];
  readonly warm: readonly Answer[];
  readonly left: number;
  readonly unhandled: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), "tenon-descriptors-"));
after(() => rmSync(folder, { recursive: true }));

/** Guests of WebAssembly by their bytes, which get further, and those on the host's thread by their path as well. */
function rowsOf({ title, boundary, artifact }: Row): readonly Row[] {
  const { module, isolation } = artifact as { readonly module?: unknown; readonly isolation?: string };
  if (!(module instanceof Uint8Array)) return [{ title, boundary, artifact }];
  const file = join(folder, `${title}.wasm`);
  writeFileSync(file, module);
  const byBytes = { title, boundary, artifact: { ...artifact, module: undefined }, bytes: file };
  if (isolation !== "inline") return [byBytes];
  return [byBytes, { title: `${title}, by its path`, boundary, artifact: { ...artifact, module: file } }];
}

async function askWithoutFiles(row: Row): Promise<Told> {
  const file = join(folder, `${row.title}.json`);
  writeFileSync(file, JSON.stringify(row));
  const script = `ulimit -n ${MAX_FILES}; exec "$@"`;
  const host = spawn("sh", ["-c", script, "sh", process.execPath, HOST, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  host.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const [code] = (await once(host, "close")) as [number | null];
  assert.equal(code, 0, output);
  return JSON.parse(output) as Told;
}

function isExhausted(answer: Answer | undefined): void {
  if (typeof answer !== "object") assert.fail(`it answered ${answer ?? "nothing"}`);
  assert.equal(answer.code, "resource-exhausted", answer.message);
  assert.match(answer.message, /no file descriptors are left to .*ulimit -n/s);
  assert.deepEqual(answer.details, { exhausted: "descriptors", errno: "EMFILE" });
}

const skip = process.platform === "linux" ? false : "counts descriptors under /proc";
describe("R18: without descriptors", { skip, concurrency: 2 }, () => {
  for (const row of FAULT_BOUNDARIES.flatMap(rowsOf)) {
    test(`${row.title}: a typed error, nothing left open, and the right answers afterwards`, async () => {
      const { cold, warm, left, unhandled } = await askWithoutFiles(row);
      isExhausted(cold[0]);
      for (const answers of [cold, warm]) {
        // What is open, and what needs nothing that is not, may well answer.
        for (const at of [0, 2]) if (answers[at] !== at + 1) isExhausted(answers[at]);
        assert.deepEqual([answers[1], answers[3]], [2, 4]);
      }
      assert.deepEqual({ left, unhandled }, { left: 0, unhandled: [] });
    });
  }
});
