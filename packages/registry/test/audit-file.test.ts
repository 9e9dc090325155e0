// The audit log: whole lines, bounded in size and rate, readable by its owner alone, and never the host's end.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { auditRecord } from "@tenon/policy";
import { AuditFile, auditFile, readAudit } from "@tenon/registry";
import { scratch } from "./samples.ts";

const record = (argument: string, decision: "allowed" | "denied" = "allowed") =>
  auditRecord({ plugin: "a/b", boundary: "wasm", capability: "fs", argument, decision, rule: "r" });
let count = 0;
const fresh = (): string => join(scratch, `audit-${count++}`, "deep", "audit.jsonl");

test("records are read as they were written, and what is none is passed over", () => {
  const file = fresh();
  {
    using log = new AuditFile(file);
    log.write(record("a\nb"));
    log.write(record("c", "denied"));
    log.close();
  }
  const [first, second] = readAudit(file);
  assert.deepEqual(
    [first, second].map((one) => (one as { argument: string }).argument),
    ["a\nb", "c"],
  );
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  writeFileSync(file, `${readFileSync(file, "utf8")}{"time":\nnull\n{}\n${"x".repeat(5000)}\n`);
  assert.equal(readAudit(file).length, 2);
  assert.throws(() => readAudit(fresh()), { code: "file-missing" });
});

test("a file that is full is moved aside, and the oldest goes", () => {
  const file = fresh();
  using log = new AuditFile(file, { maxBytes: 2000, keep: 2 });
  for (let i = 0; i < 100; i++) log.write(record(String(i)));
  log.close();
  for (const name of [file, `${file}.1`, `${file}.2`]) assert.ok(statSync(name).size <= 2000, name);
  assert.equal(existsSync(`${file}.3`), false);
  const kept = readAudit(file, 2).map((one) => Number((one as { argument: string }).argument));
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => 100 - kept.length + i),
    "the newest, in order",
  );
});

test("a flood is counted instead of written, and uses do not crowd denials out", () => {
  const file = fresh();
  using log = new AuditFile(file, { maxPerSecond: 10 });
  for (let i = 0; i < 1000; i++) log.write(record(String(i)));
  log.write(record("forbidden", "denied"));
  log.close();
  const lines = readAudit(file);
  assert.ok(lines.some((line) => "decision" in line && line.decision === "denied"));
  const dropped = lines.reduce((sum, line) => sum + ("dropped" in line ? line.dropped : 0), 0);
  assert.equal(log.lost, dropped);
  assert.equal(lines.filter((line) => "decision" in line).length + dropped, 1001);
  assert.ok(dropped >= 900, String(dropped));
});

test("a log that cannot be written costs the records, not the host", () => {
  const file = fresh();
  mkdirSync(file, { recursive: true });
  using log = new AuditFile(file);
  assert.doesNotThrow(() => log.write(record("a")));
  assert.equal(log.lost, 1);
});

test("the log is where XDG says", { skip: process.platform === "win32" && "XDG is for other systems" }, () => {
  assert.equal(auditFile({ XDG_STATE_HOME: "/s" }), "/s/tenon/audit.jsonl");
});
