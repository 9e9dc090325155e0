// What every plugin of `contracts/bench` has to answer, in whichever language and wherever it runs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { contractFromResolve, resolveWit, TenonError } from "tenon";

const wit = readFileSync(new URL("../../contracts/bench/bench.wit", import.meta.url), "utf8");
export const contract = contractFromResolve(resolveWit(wit).resolve, 0);
export const imports = { host: { tick: (n) => n + 1 } };

/** Throws where an answer is wrong. */
export async function checkWork(work) {
  assert.equal(await work.add(2 ** 31 - 1, 1), -(2 ** 31));
  assert.equal(await work.echo("dovetail \u{1fab5}"), "dovetail \u{1fab5}");
  assert.equal(await work.callbacks(10), 10);
  const data = Uint8Array.from({ length: 1 << 20 }, (_, index) => index % 251);
  assert.deepEqual(await work.bytes(data), data);
  const built = await work.build({ path: "/site", target: "out", args: ["-O"], env: [["LANG", "C"]] });
  assert.equal(built.artifact.length, 4096);
  assert.equal(built.artifact[1], 5 + 3 + 1 + 2 + 1);
  assert.ok(built.log.startsWith("/site...") && built.log.length === 256);
  await assert.rejects(work.add(1.5, 1), (error) => error instanceof TenonError && error.code === "value-invalid");
}
