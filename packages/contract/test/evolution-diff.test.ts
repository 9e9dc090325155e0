// Two contracts -> the rules that the change between them breaks, for whom, and what adapters make of it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveWit } from "@tenon/contract";
import {
  RULES,
  diffSnapshots,
  lintSnapshot,
  snapshotFromJson,
  snapshotToJson,
  takeSnapshot,
} from "@tenon/contract/evolution";
import type { ContractDiff, Finding, Snapshot } from "@tenon/contract/evolution";
import { WITNESSES, type Witness } from "./evolution-witnesses.ts";

function snapshot(text: string, features: readonly string[] = []): Snapshot {
  const loaded = resolveWit(text, { features });
  return takeSnapshot(loaded, loaded.resolve.worlds.length - 1);
}

function diff({ before, after }: Witness): ContractDiff {
  return diffSnapshots(snapshot(before), snapshot(after));
}

const only = (witness: Witness): Finding => {
  const { findings } = diff(witness);
  assert.equal(findings.length, 1, JSON.stringify(findings, null, 2));
  return findings[0] as Finding;
};
const going = (before: string, after: string): Witness => ({ before: plugin(before), after: plugin(after) });
const plugin = (body: string): string =>
  `package demo:shop@1.0.0; interface plugin { ${body} } world shop { export plugin; }`;

describe("witnesses", () => {
  const elsewhere = new Set([
    "UNSTABLE_NOT_IN_FROZEN",
    "DEPRECATED_HAS_REPLACEMENT",
    "FROZEN_NO_EDIT",
    "MIGRATION_REQUIRED",
    "MIGRATION_ROUNDTRIP",
    "CAPABILITY_NO_WIDEN",
    "WINDOW_NO_EARLY_REMOVE",
  ]);
  test("every rule about two contracts has one", () => {
    const rules = Object.keys(RULES).filter((rule) => !elsewhere.has(rule));
    assert.deepEqual(Object.keys(WITNESSES).sort(), rules.sort());
  });
  for (const [rule, witness] of Object.entries(WITNESSES)) {
    test(`${rule} is triggered by its witness, which breaks nothing else`, () => {
      const { findings, verdict, isStructural } = diff(witness);
      assert.deepEqual([...new Set(findings.map((one) => one.rule))], [rule], JSON.stringify(findings, null, 2));
      assert.equal(isStructural, !findings.some(({ breaks }) => breaks.includes("component")));
      const isRefused = verdict === "adapted-partial" || verdict === "incompatible";
      assert.equal(
        isRefused,
        findings.some(({ breaks }) => breaks.includes("adapted")),
      );
      const [none, same] = [
        diff({ before: witness.before, after: witness.before }),
        diff({ before: witness.after, after: witness.after }),
      ];
      assert.deepEqual([none.verdict, none.findings, same.verdict, same.findings], ["exact", [], "exact", []]);
    });
  }
});

describe("directions", () => {
  test("a required field that plugins send and never had is refused; one that only goes to them is dropped", () => {
    const [before, after] = ["record t { a: u8 }", "record t { a: u8, n: u32 }"];
    const out = only(going(`${before} run: func() -> t;`, `${after} run: func() -> t;`));
    assert.deepEqual([out.conversion, out.requiredBump, out.path], ["incompatible", "major", "plugin#t.n"]);
    assert.match(out.how, /nobody sends n/);
    const into = only(going(`${before} run: func(x: t);`, `${after} run: func(x: t);`));
    assert.deepEqual([into.conversion, into.requiredBump, into.directions], ["lossy", "minor", ["in"]]);
  });
  test("a default makes a required field safe both ways", () => {
    const finding = only(
      going(
        "record t { a: u8 } run: func(x: t) -> t;",
        "record t { a: u8,\n/// @default 7\nn: u32 } run: func(x: t) -> t;",
      ),
    );
    assert.deepEqual(
      [finding.rule, finding.conversion, finding.directions],
      ["RECORD_FIELD_NO_ADD", "total", ["in", "out"]],
    );
  });
  test("a default stands in for its field, not for the elements in it", () => {
    const text = (type: string): string => `record t {\n/// @default []\nn: list<${type}> } run: func() -> t;`;
    const finding = only(going(text("option<u8>"), text("u8")));
    assert.deepEqual([finding.conversion, finding.how], ["partial", "none is refused"]);
  });
  test("a new case is refused where old plugins receive it, unless there is a fallback", () => {
    const run = "run: func(x: t) -> t;";
    const bare = only(going(`enum t { a, b } ${run}`, `enum t { a, b, c } ${run}`));
    assert.deepEqual(
      [bare.rule, bare.conversion, bare.breaks.includes("adapted")],
      ["ENUM_CASE_NO_ADD_IN", "partial", true],
    );
    const kept = only(going(`enum t { a, b } ${run}`, `enum t {\n/// @fallback\na, b, c } ${run}`));
    assert.deepEqual([kept.conversion, kept.how], ["lossy", "c becomes a"]);
  });
  test("numbers that may not fit are refused, never wrapped", () => {
    const wide = only(going("run: func() -> u32;", "run: func() -> u64;"));
    assert.deepEqual([wide.rule, wide.conversion], ["RESULT_SAME_TYPE", "total"]);
    const narrow = only(going("run: func() -> u64;", "run: func() -> u32;"));
    assert.deepEqual(
      [narrow.rule, narrow.conversion, narrow.before, narrow.after],
      ["INT_NO_NARROW", "partial", "u64", "u32"],
    );
  });
  test("what the host provides grows and what plugins export shrinks without breaking anybody", () => {
    const before = `package demo:shop@1.0.0; interface host { log: func(); } interface plugin { run: func(); stop: func(); }
      world shop { import host; export plugin; }`;
    const after = before.replace("log: func();", "log: func(); warn: func();").replace("stop: func();", "");
    const { verdict, findings, additions } = diff({ before, after });
    assert.deepEqual([verdict, findings], ["structural", []]);
    assert.deepEqual(additions, [
      "plugins need not export plugin.stop any more",
      "the host offers the function host.warn",
    ]);
  });
  test("a change in a shared type is one finding with all the functions that it reaches", () => {
    const functions = "use types.{t}; one: func(x: t); two: func() -> list<t>;";
    const text = (record: string): string =>
      `package demo:shop@1.0.0; interface types { record t { ${record} } } interface plugin { ${functions} } world shop { export plugin; }`;
    const finding = only({ before: text("a: u8"), after: text("a: u8, b: option<u8>") });
    assert.equal(finding.path, "types#t.b");
    assert.deepEqual(finding.uses, ["plugin.one", "plugin.two"]);
    assert.deepEqual(finding.directions, ["in", "out"]);
  });
});

describe("moves", () => {
  const text = (body: string, world: string): string => `package demo:shop@1.0.0; ${body} world shop { ${world} }`;
  const before = text(
    "interface report { log: func(text: string); } interface plugin { run: func(); stop: func(); }",
    "import report; export plugin;",
  );
  const after = text(
    `interface journal {\n/// @moved-from report.log\nwrite: func(text: string, at: option<u64>); }
     interface plugin { run: func(); } interface life {\n/// @moved-from plugin.stop\nstop: func(); }`,
    "import journal; export plugin; export life;",
  );
  const rulesOf = ({ findings }: ContractDiff): readonly string[] =>
    findings.map(({ rule, path }) => `${rule} ${path}`);

  test("a function that says where it was is adapted, whichever side is older, and also from a frozen snapshot", () => {
    const [older, newer] = [snapshot(before), snapshot(after)];
    const frozen = snapshotFromJson(JSON.parse(JSON.stringify(snapshotToJson(newer))));
    for (const [a, b] of [
      [older, newer],
      [older, frozen],
    ] as const) {
      const found = diffSnapshots(a, b);
      assert.equal(found.verdict, "adapted-total", JSON.stringify(found.findings, null, 2));
      assert.deepEqual(rulesOf(found), [
        "FUNC_NO_MOVE journal.write",
        "PARAM_NO_ADD journal.write(at)",
        "EXPORT_IFACE_NO_ADD life",
        "FUNC_NO_MOVE life.stop",
        "IMPORT_IFACE_NO_DELETE report",
      ]);
    }
    const back = diffSnapshots(newer, older);
    assert.equal(back.verdict, "adapted-total", JSON.stringify(back.findings, null, 2));
    assert.deepEqual(
      back.findings.filter(({ rule }) => rule === "FUNC_NO_MOVE").map(({ path }) => path),
      ["plugin.stop", "report.log"],
    );
  });
  test("without the annotation, or with another function left behind, the place is missed", () => {
    const bare = diff({ before, after: after.replaceAll(/\/\/\/ @moved-from .*\n/g, "") });
    assert.equal(bare.verdict, "incompatible");
    const more = diff({ before: before.replace("log: func", "warn: func(); log: func"), after });
    assert.deepEqual(rulesOf(more).slice(0, 1), ["IMPORT_IFACE_NO_DELETE report"]);
    assert.equal(more.verdict, "incompatible");
  });
  test("what is still in its old place has not moved", () => {
    const both = text(
      `interface report { log: func(); } interface journal {\n/// @moved-from report.log\nlog: func(); }`,
      "import report; import journal;",
    );
    const one = text("interface report { log: func(); }", "import report;");
    assert.deepEqual(diff({ before: one, after: both }).findings, []);
  });
  test("the annotation names a place, and a method goes with its resource", () => {
    const wrong = (body: string): (() => unknown) => {
      const world = text(`interface host { ${body} }`, "import host;");
      return () => snapshot(world);
    };
    assert.throws(wrong("/// @moved-from log\nlog: func();"), /needs an interface and a label after it/);
    assert.throws(wrong("resource r { /// @moved-from a.b\nf: func(); }"), /does not go with a method/);
  });
});

describe("one snapshot", () => {
  test("unstable and deprecated items are found", () => {
    const text = `package demo:shop@1.0.0; interface plugin {
      @unstable(feature = fancy)
      fancy: func();
      @since(version = 1.0.0) @deprecated(version = 1.0.0)
      old: func();
      /// @replaced-by run
      /// @remove-after 2027-06-30
      @since(version = 1.0.0) @deprecated(version = 1.0.0)
      older: func();
      run: func();
    } world shop { export plugin; }`;
    const rules = (features: readonly string[]): string[] =>
      lintSnapshot(snapshot(text, features)).map(({ rule, path }) => `${rule} ${path}`);
    assert.deepEqual(rules([]), ["DEPRECATED_HAS_REPLACEMENT plugin.old"]);
    assert.deepEqual(rules(["fancy"]), [
      "UNSTABLE_NOT_IN_FROZEN plugin.fancy",
      "DEPRECATED_HAS_REPLACEMENT plugin.old",
    ]);
  });
  test("survives its JSON form: names, annotations and types that are equal under two names", () => {
    for (const witness of Object.values(WITNESSES)) {
      for (const text of [witness.before, witness.after]) {
        const json = snapshotToJson(snapshot(text));
        const back = snapshotFromJson(JSON.parse(JSON.stringify(json)));
        assert.deepEqual(JSON.stringify(snapshotToJson(back)), JSON.stringify(json));
      }
      const stored = (text: string): Snapshot =>
        snapshotFromJson(JSON.parse(JSON.stringify(snapshotToJson(snapshot(text)))));
      assert.deepEqual(diffSnapshots(stored(witness.before), stored(witness.after)), diff(witness));
    }
  });
});
