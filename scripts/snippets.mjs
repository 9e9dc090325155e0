// The fenced examples of a Markdown page to files and programs that are really run.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sourceFiles } from "./source-files.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RUN_TIMEOUT_MS = 60_000;

/**
 * The blocks of one page that take part, in order. The words after a fence's language say how:
 * `run` runs the block (ts, js, sh), `file=NAME` puts it there first (with or without `run`), and `output` says what the
 * block run before it prints. `needs=COMMAND` names a program that not every machine has. Blocks of one page share one folder.
 */
export function snippetsOf(markdown) {
  const found = [];
  let open;
  for (const [at, line] of markdown.split("\n").entries()) {
    const fence = /^\s*(`{3,})(.*)$/.exec(line);
    if (open !== undefined && fence?.[1].length >= open.ticks && fence[2].trim() === "") {
      if (open.isRun || open.isOutput || open.file !== undefined) found.push(open);
      open = undefined;
    } else if (open !== undefined) {
      open.text += `${line}\n`;
    } else if (fence) {
      const [language = "", ...words] = fence[2].trim().split(/\s+/);
      const file = words.find((word) => word.startsWith("file="))?.slice("file=".length);
      open = { line: at + 1, ticks: fence[1].length, language, file, text: "" };
      open.needs = words.find((word) => word.startsWith("needs="))?.slice("needs=".length);
      open.isRun = words.includes("run");
      open.isOutput = words.includes("output");
    }
  }
  return found;
}

/** Why the page cannot be run here, or undefined. In CI everything must be there. */
export function missingProgram(snippets) {
  if (process.env.CI === "true") return undefined;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const isThere = (program) => folders.some((folder) => existsSync(join(folder, program)));
  const missing = snippets
    .map((snippet) => snippet.needs)
    .find((program) => program !== undefined && !isThere(program));
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** Runs the snippets of one page; throws an Error that names page, line and output of the first that fails. */
export function runSnippets(page, snippets) {
  const folder = mkdtempSync(join(tmpdir(), "tenon-snippets-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
    let printed;
    for (const snippet of snippets) {
      const where = `${page}:${snippet.line}`;
      if (snippet.file !== undefined) save(folder, snippet.file, snippet.text, where);
      if (snippet.isRun) printed = run(folder, snippet, where);
      if (snippet.isOutput && printed?.trim() !== snippet.text.trim()) {
        throw new Error(`${where}: the example printed\n${printed}\ninstead of\n${snippet.text}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function save(folder, name, text, where) {
  const file = normalize(join(folder, name));
  if (!file.startsWith(folder)) throw new Error(`${where}: file=${name} is outside the page's folder`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function run(folder, { language, file, text, line }, where) {
  const isShell = language === "sh" || language === "bash";
  if (!isShell && language !== "ts" && language !== "js")
    throw new Error(`${where}: cannot run ${language || "a block without a language"}`);
  const name = file ?? `snippet-${line}.${language}`;
  if (!isShell && file === undefined) writeFileSync(join(folder, name), text);
  const tsx = pathToFileURL(join(ROOT, "node_modules/tsx/dist/loader.mjs")).href;
  // Of a bash whose input is a socket and that no shell has started, the machine's own file for shells would run first.
  const [program, args] = isShell
    ? ["bash", ["--norc", "-euo", "pipefail", "-c", text]]
    : [process.execPath, ["--import", tsx, name]];
  const path = [join(ROOT, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  // A test runner's own variables would make the child report to it instead of printing.
  const env = { ...process.env, PATH: path };
  delete env.NODE_TEST_CONTEXT;
  const done = spawnSync(program, args, { cwd: folder, encoding: "utf8", timeout: RUN_TIMEOUT_MS, env });
  if (done.status !== 0) {
    throw new Error(`${where}: the example ended with ${done.signal ?? done.status}\n${done.stdout}${done.stderr}`);
  }
  return done.stdout;
}

/** Every page of the project that has something to run, with its snippets. */
export function pagesWithSnippets(root = ROOT) {
  return sourceFiles(root, ["."])
    .filter((file) => /^[^/]+\.md$|^docs\/.*\.md$|^packages\/[^/]+\/README\.md$|^examples\/.*\.md$/.test(file))
    .map((page) => ({ page, snippets: snippetsOf(readFileSync(join(root, page), "utf8")) }))
    .filter(({ snippets }) => snippets.some((snippet) => snippet.isRun));
}
