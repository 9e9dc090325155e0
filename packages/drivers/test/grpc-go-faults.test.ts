// The fault catalogue on a plugin in Go, whose other goroutines answer while one of them misbehaves.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generateProto, resolveWit } from "@tenon/contract";
import { grpcDriver } from "@tenon/drivers/grpc";
import { FAULT_WIT, runFaults } from "@tenon/verify/faults";
import { goMissing, goProgram } from "./go-programs.ts";
import { skipsOf } from "./faults-runs.ts";

const missing = goMissing();
const STUCK = fileURLToPath(import.meta.resolve("@tenon/verify/plugins/stuck"));

if (missing !== undefined) test("faults of grpc in Go", { skip: missing }, () => {});
else {
  const faults = goProgram("faults");
  const folder = mkdtempSync(join(tmpdir(), "tenon-go-faults-"));
  after(() => rmSync(folder, { recursive: true }));
  const { files } = generateProto(resolveWit(FAULT_WIT).resolve, 0);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  runFaults({
    driver: grpcDriver,
    title: "grpc, a plugin in Go",
    artifact: (kind) => ({
      command: kind === "start-spins" ? [process.execPath, STUCK] : [faults, folder, ...files.map(({ path }) => path)],
    }),
    skips: [
      ...skipsOf(grpcDriver),
      { fault: "R8/recurses until its stack ends", reason: "Go ends the process there, after a gigabyte of stack" },
    ],
  });
}
