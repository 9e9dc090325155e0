// `tenon contract fit`: which boundaries can carry a contract, against what the host does with it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT, tenon, workFolder } from "./run.ts";

const COUNTERS = `package demo:counters@1.0.0;
interface counters {
  resource counter { constructor(start: u32); bump: func(by: u32) -> u32; }
  sum: func(all: list<option<borrow<counter>>>) -> u32;
  plain: func(a: u32) -> u32;
}
interface lines { follow: func() -> stream<string>; }
interface host { note: func(text: string); }
world plugin { import host; export counters; export lines; }
`;

interface Fit {
  readonly contract: string;
  readonly boundaries: readonly {
    readonly boundary: string;
    readonly carries: boolean;
    readonly functions: readonly { readonly side: string; readonly path: string; readonly verdict: string }[];
  }[];
}

describe("tenon contract fit", () => {
  test("says function by function what a boundary carries, and why not", async () => {
    const folder = workFolder();
    writeFileSync(join(folder, "counters.wit"), COUNTERS);
    const { code, out } = await tenon(["contract", "fit", "counters.wit", "--json"], { cwd: folder });
    assert.equal(code, 0);
    const { boundaries } = JSON.parse(out) as Fit;
    const verdicts = (name: string): Record<string, string> =>
      Object.fromEntries(
        boundaries.find(({ boundary }) => boundary === name)!.functions.map(({ path, verdict }) => [path, verdict]),
      );
    assert.deepEqual(verdicts("stdio"), {
      "counters.[constructor]counter": "refused",
      "counters.[method]counter.bump": "refused",
      "counters.plain": "carried",
      "counters.sum": "refused",
      "lines.follow": "refused",
      "host.note": "carried",
    });
    assert.equal(verdicts("exec")["host.note"], "unreachable");
    assert.equal(new Set(Object.values(verdicts("import"))).size, 1);
    const text = await tenon(["contract", "fit", "counters.wit"], { cwd: folder });
    assert.match(text.out, /^export {2}lines\.follow /m);
    assert.match(text.out, /stdio.*: resources \(counter\) do not cross: counters\.\[constructor\]counter and 2 more/);
    assert.match(text.out, /component worker, component process.*: resources/);
    assert.match(text.out, /exec: plugins there cannot call the host: host\.note/);
  });

  test("--boundary answers by its exit code", async () => {
    const folder = workFolder();
    writeFileSync(join(folder, "counters.wit"), COUNTERS);
    const fit = async (...more: string[]): Promise<number | null> =>
      (await tenon(["contract", "fit", "counters.wit", ...more], { cwd: folder })).code;
    assert.deepEqual([await fit("--boundary", "import"), await fit("--boundary", "stdio")], [0, 1]);
    assert.equal((await tenon(["contract", "fit", join(ROOT, "contracts/builder"), "--boundary", "stdio"])).code, 0);
    const { code, out } = await tenon(["contract", "fit", "counters.wit", "--boundary", "fax", "--json"], {
      cwd: folder,
    });
    assert.equal(code, 1);
    assert.equal((JSON.parse(out) as { code: string }).code, "driver-missing");
  });
});
