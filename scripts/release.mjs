// From a clean checkout to a release, in steps: `npm run release` rehearses, `-- --version` and `-- --publish` do.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMain } from "./source-files.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function run(program, ...args) {
  console.log(`\n$ ${program} ${args.join(" ")}`);
  const done = spawnSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${done.signal ?? done.status}`);
}

function isTreeClean() {
  const done = spawnSync("git", ["status", "--porcelain"], { cwd: ROOT, encoding: "utf8" });
  return done.status === 0 && done.stdout.trim() === "";
}

/** The sentences of all waiting changesets, in the order of their names. */
export function waitingChanges(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .sort()
    .map((name) =>
      readFileSync(join(folder, name), "utf8")
        .replace(/^---\n[\s\S]*?\n---\n/, "")
        .trim(),
    )
    .filter((text) => text !== "");
}

/** CHANGELOG.md with a section for `version` below its head. One changelog for all packages, as they share one version. */
export function withSection(changelog, version, date, changes) {
  const items = changes.map((change) => `- ${change.replaceAll("\n", "\n  ")}`);
  const at = changelog.search(/^## /m);
  const [head, earlier] = at < 0 ? [changelog, ""] : [changelog.slice(0, at), changelog.slice(at)];
  return `${head.trimEnd()}\n\n## ${version} (${date})\n\n${items.join("\n")}\n${earlier === "" ? "" : `\n${earlier}`}`;
}

function makeVersion() {
  const changes = waitingChanges(join(ROOT, ".changeset"));
  if (changes.length === 0) throw new Error("no changeset is waiting; write one with npm run changeset");
  run("npx", "changeset", "version");
  run("npm", "install", "--package-lock-only");
  const { version } = JSON.parse(readFileSync(join(ROOT, "packages/tenon/package.json"), "utf8"));
  const file = join(ROOT, "CHANGELOG.md");
  writeFileSync(file, withSection(readFileSync(file, "utf8"), version, new Date().toISOString().slice(0, 10), changes));
  console.log(`\nversion ${version} is ready: read CHANGELOG.md, commit, then npm run release -- --publish`);
}

/** Everything that must hold before something is published, over a build without leftovers. */
function rehearse() {
  for (const group of ["packages", "apps"]) {
    for (const name of readdirSync(join(ROOT, group)))
      rmSync(join(ROOT, group, name, "dist"), { recursive: true, force: true });
  }
  run("npm", "run", "check");
  run("npm", "test");
  run("node", "scripts/check-packages.mjs");
}

if (isMain(import.meta.url)) {
  try {
    if (process.argv.includes("--version")) {
      makeVersion();
    } else {
      const isPublish = process.argv.includes("--publish");
      if (isPublish && !isTreeClean()) throw new Error("the checkout has uncommitted changes; commit them first");
      rehearse();
      if (isPublish) run("npx", "changeset", "publish");
      else console.log(`\nrehearsed; ${waitingChanges(join(ROOT, ".changeset")).length} changes wait for a version`);
    }
  } catch (error) {
    console.error(`release stopped: ${error.message}`);
    process.exitCode = 1;
  }
}
