// Command line: a file with cells, or the built-in budget -> the table on standard output.
import { readFileSync } from "node:fs";
import { BUDGET } from "./budget.ts";
import { render } from "./render.ts";
import { readSheet } from "./sheet.ts";

const [file] = process.argv.slice(2);
try {
  console.log(render(readSheet(file === undefined ? BUDGET : readFileSync(file, "utf8"))));
} catch (error) {
  console.error(`sheet: ${(error as Error).message}`);
  process.exitCode = 1;
}
