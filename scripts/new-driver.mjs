// A name to the files of a new boundary: `npm run new:driver NAME`. No file that is there already is touched.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMain } from "./source-files.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TEMPLATES = fileURLToPath(new URL("templates/driver", import.meta.url));

/** Where each template goes; `./*` in the exports of `@tenon/drivers` and `tenon` makes the folder and the file importable. */
const PLACES = {
  "driver.ts.tmpl": (name) => `packages/drivers/src/${name}/driver.ts`,
  "options.ts.tmpl": (name) => `packages/drivers/src/${name}/options.ts`,
  "index.ts.tmpl": (name) => `packages/drivers/src/${name}/index.ts`,
  "driver.test.ts.tmpl": (name) => `packages/drivers/test/${name}.test.ts`,
  "face.ts.tmpl": (name) => `packages/tenon/src/${name}.ts`,
  "page.md.tmpl": (name) => `docs/boundaries/${name}.md`,
};

/** Writes the files below `root` and returns their paths. Throws before the first write when the name is bad or taken. */
export function newDriver(name, root = ROOT) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? "")) {
    throw new Error(
      `${JSON.stringify(name ?? "")} is no name for a boundary; use lower-case words with hyphens, such as shared-memory`,
    );
  }
  const words = name.split("-");
  const pascal = words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const values = { name, Name: pascal, camel: pascal[0].toLowerCase() + pascal.slice(1) };
  const files = readdirSync(TEMPLATES).map((template) => ({
    path: PLACES[template](name),
    text: readFileSync(join(TEMPLATES, template), "utf8").replace(/\{\{(\w+)\}\}/g, (_all, key) => values[key]),
  }));
  const taken = files.find(({ path }) => existsSync(join(root, path)));
  if (taken) throw new Error(`${taken.path} is there already; choose another name`);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  // How long the name is decides where lines break, so the templates cannot be formatted beforehand.
  const formatter = join(ROOT, "node_modules/.bin/oxfmt");
  const paths = files.map(({ path }) => path);
  const done = spawnSync(formatter, ["-c", join(ROOT, ".oxfmtrc.json"), ...paths], { cwd: root, encoding: "utf8" });
  if (done.status !== 0)
    throw new Error(`the files are written but not formatted: ${done.error?.message ?? done.stderr}`);
  return paths;
}

if (isMain(import.meta.url)) {
  try {
    const name = process.argv[2];
    for (const path of newDriver(name)) console.log(`wrote ${path}`);
    console.log(`\nnext: npm run docs && npm test -- drivers/test/${name}; then fill in the TODOs`);
  } catch (error) {
    console.error(`new:driver: ${error.message}`);
    process.exitCode = 1;
  }
}
