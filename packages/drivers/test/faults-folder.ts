// The folder that plugins of the fault catalogue are shown: one file `f`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const path = mkdtempSync(join(tmpdir(), "tenon-faults-"));
writeFileSync(join(path, "f"), "");
after(() => rmSync(path, { recursive: true, force: true }));

/** The grants of WASI that show it. */
export const faultsFolder = { folders: { "/": { path } } };
