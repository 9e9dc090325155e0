// Files of the author kits that `tenon new plugin` gives away: the CLI's package has copies of them. Without --check it makes them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TEMPLATES = "packages/cli/templates";

/** A file, or a folder with nothing in its place but what it has. */
const COPIES = {
  "sdks/python/src/tenon_plugin/wire.py": `${TEMPLATES}/python/wire.py`,
  "sdks/rust/Cargo.toml": `${TEMPLATES}/rust/Cargo.toml`,
  "sdks/rust/src": `${TEMPLATES}/rust/src`,
};

/** Every file of the list, from where to where; `undefined` for a copy of what is gone. */
function files() {
  return Object.entries(COPIES).flatMap(([from, to]) => {
    if (statSync(join(ROOT, from)).isFile()) return [[from, to]];
    const names = readdirSync(join(ROOT, from));
    const there = existsSync(join(ROOT, to)) ? readdirSync(join(ROOT, to)) : [];
    const gone = there.filter((name) => !names.includes(name)).map((name) => [undefined, `${to}/${name}`]);
    return [...names.map((name) => [`${from}/${name}`, `${to}/${name}`]), ...gone];
  });
}

function isSame(from, to) {
  if (from === undefined) return false;
  return existsSync(join(ROOT, to)) && readFileSync(join(ROOT, to), "utf8") === readFileSync(join(ROOT, from), "utf8");
}

const isCheck = process.argv.includes("--check");
for (const [from, to] of files()) {
  if (isSame(from, to)) continue;
  if (isCheck) {
    console.log(`${to} is no copy of ${from ?? "anything"}; edit the author kit, then npm run check -- --fix`);
    process.exitCode = 1;
  } else if (from === undefined) rmSync(join(ROOT, to));
  else {
    mkdirSync(dirname(join(ROOT, to)), { recursive: true });
    writeFileSync(join(ROOT, to), readFileSync(join(ROOT, from)));
  }
}
