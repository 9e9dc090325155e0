// What is made of large guests in a folder: it outlives the process, is believed only as it was written, and stays within its bound.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { contractToDescriptor } from "@tenon/contract";
import { createComponentDriver } from "@tenon/drivers/component";
import { createWasmDriver } from "@tenon/drivers/wasm";
import { createHost } from "@tenon/host";
import { moduleComponent } from "@tenon/wasm/testing";
import { contract, guest, withSection } from "./wasm-guests.ts";

const DIGEST_CHARS = 64;
const ADD = 0x6a;
const SUB = 0x6b;
/** Above what is prepared on a thread of its own. */
const padded = (padding: string): Uint8Array => withSection(guest(), "padding", padding.repeat(600_000));
const GUESTS = {
  wasm: padded("x"),
  component: withSection(moduleComponent(contract, guest()), "padding", "x".repeat(600_000)),
};

/** A host in a process of its own, which so knows nothing of what others have made; prints what `add(30, 12)` gives. */
const MAIN = `
import { readFileSync } from "node:fs";
import { contractFromDescriptor } from "@tenon/contract";
import { createComponentDriver } from "@tenon/drivers/component";
import { createWasmDriver } from "@tenon/drivers/wasm";
import { createHost } from "@tenon/host";
const [boundary, folder, module, contract] = process.argv.slice(1);
const options = { cache: { folder } };
const host = createHost({ drivers: [createComponentDriver(options), createWasmDriver(options)] });
const plugin = await host.load(contractFromDescriptor(JSON.parse(readFileSync(contract, "utf8"))), {
  id: "p", boundary, artifact: { module }, imports: { host: { tick: (n) => n } },
});
console.log(await plugin.api.add(30, 12));
await host.close();
`;

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "tenon-cache-"));
  for (const [boundary, bytes] of Object.entries(GUESTS)) await writeFile(join(scratch, boundary), bytes);
  await writeFile(join(scratch, "contract.json"), JSON.stringify(contractToDescriptor(contract)));
});
after(() => rm(scratch, { recursive: true, force: true }));

const run = promisify(execFile);
async function addIn(boundary: keyof typeof GUESTS, folder: string): Promise<number> {
  const args = [boundary, folder, join(scratch, boundary), join(scratch, "contract.json")];
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", MAIN, "--", ...args], {
    cwd: new URL("..", import.meta.url),
  });
  return Number(stdout);
}

async function onlyFile(folder: string): Promise<string> {
  const names = await readdir(folder);
  assert.equal(names.length, 1, names.join());
  return join(folder, names[0]!);
}

/** The file with another instruction in the guest's `add`, and a digest that fits or not. */
async function subtractIn(path: string, isSigned: boolean): Promise<void> {
  const file = await readFile(path);
  // local.get 0, local.get 1, the instruction, end.
  const at = file.indexOf(Buffer.from([0x20, 0, 0x20, 1, ADD, 0x0b]));
  assert.ok(at > 0);
  file[at + 4] = SUB;
  const digest = createHash("sha256")
    .update(file.subarray(DIGEST_CHARS + 1))
    .digest("hex");
  if (isSigned) file.write(digest, 0, "latin1");
  await writeFile(path, file);
}

for (const boundary of ["wasm", "component"] as const) {
  test(`${boundary}: another process takes what was made, unless it was damaged`, async () => {
    const folder = join(scratch, `of-${boundary}`);
    assert.equal(await addIn(boundary, folder), 42);
    const path = await onlyFile(folder);
    if (process.getuid !== undefined) assert.equal((await stat(path)).mode & 0o077, 0);
    const written = await readFile(path);

    await subtractIn(path, true);
    assert.equal(await addIn(boundary, folder), 18, "it did not take what was there");

    await writeFile(path, written);
    await subtractIn(path, false);
    assert.equal(await addIn(boundary, folder), 42);
    for (const broken of [written.subarray(0, -1), written.subarray(0, 70), Buffer.alloc(0)]) {
      await writeFile(path, broken);
      assert.equal(await addIn(boundary, folder), 42);
    }
    // And puts a whole one in its place.
    assert.deepEqual(await readFile(await onlyFile(folder)), written);
  });
}

test("the folder stays within its bound, and what was used last stays", async () => {
  const folder = join(scratch, "bounded");
  const files = async (): Promise<string[]> => (await readdir(folder)).sort();
  const host = createHost({ drivers: [createWasmDriver({ cache: { folder, maxBytes: 1_500_000 } })] });
  const load = (id: string, module: Uint8Array): Promise<unknown> =>
    host.load(contract, { id, boundary: "wasm", artifact: { module }, imports: { host: { tick: (n) => n } } });
  /** Writing goes on behind the load; what it ends in is waited for. */
  const until = async (isDone: (names: string[]) => boolean): Promise<string[]> => {
    for (;;) {
      const names = await files();
      if (isDone(names)) return names;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const whole = (count: number) => (names: string[]) =>
    names.length === count && names.every((name) => name.endsWith(".tenon"));
  try {
    await load("a", padded("a"));
    const [first] = await until(whole(1));
    await load("b", padded("b"));
    const [second] = (await until(whole(2))).filter((name) => name !== first);
    const [old, older] = [new Date(2_000_000), new Date(1_000_000)];
    await utimes(join(folder, first!), old, old);
    await utimes(join(folder, second!), older, older);
    await load("c", padded("c"));
    const left = await until((names) => whole(2)(names) && !names.includes(second!));
    assert.ok(left.includes(first!));
  } finally {
    await host.close();
  }
});

test(
  "a folder that others can write in is refused, and so is what is no absolute path",
  { skip: process.getuid === undefined && "modes say nothing here" },
  async () => {
    const open = await mkdtemp(join(scratch, "open-"));
    await chmod(open, 0o777);
    for (const [folder, why] of [
      [open, /can be written by others/],
      ["relative", /no absolute path/],
      [join(scratch, "wasm"), /cannot be made/],
    ] as const) {
      const host = createHost({ drivers: [createComponentDriver({ cache: { folder } })] });
      try {
        const module = pathToFileURL(join(scratch, "component"));
        await assert.rejects(
          host.load(contract, {
            id: "p",
            boundary: "component",
            artifact: { module },
            imports: { host: { tick: (n) => n } },
          }),
          { code: "config-invalid", message: why },
        );
      } finally {
        await host.close();
      }
    }
  },
);
