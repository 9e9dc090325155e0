// package-lock.json to the platform packages it lacks: `npm ci` refuses a lock without them on every machine.
// npm leaves them out when it could not see them while it wrote the lock (npm/cli#4828, or a registry mirror that does not
// carry all platforms); `--fix` writes their entries, without the integrity that was not to be had.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMain, sourceFiles } from "./source-files.mjs";

const SYSTEMS = "aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32";
const CPUS = "arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64";
/** Runs wherever there is WebAssembly, so no system is named. */
const WASI = /(?:^|[-/])wasm32-wasi$/;
const PLATFORM = new RegExp(`(?:^|[-/])(${SYSTEMS})-(${CPUS})(?:-(gnu|musl|msvc|gnueabihf|musleabihf|eabi))?$`);

/** The missing entries as `[path, entry]`, for optional dependencies with an exact version and a platform in their name. */
export function missingEntries(lock) {
  const missing = new Map();
  for (const [path, owner] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`;
      const isThere = Object.hasOwn(lock.packages, place) || Object.hasOwn(lock.packages, `${path}/${place}`);
      const facts = platformOf(name);
      if (isThere || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || facts === undefined) continue;
      missing.set(place, { version, ...(owner.dev ? { dev: true } : {}), ...facts, optional: true });
    }
  }
  return [...missing];
}

/** What the name says of where the package runs, in the lock's own terms. */
function platformOf(name) {
  if (WASI.test(name)) return { cpu: ["wasm32"] };
  const [, system, cpu, abi = ""] = PLATFORM.exec(name) ?? [];
  if (system === undefined) return undefined;
  const libc = system === "linux" && abi !== "" ? { libc: [abi.startsWith("musl") ? "musl" : "glibc"] } : {};
  return { cpu: [cpu], ...libc, os: [system] };
}

/** The lock with the entries in npm's own order, root and workspaces first. */
function withEntries(lock, entries) {
  const packages = { ...lock.packages, ...Object.fromEntries(entries) };
  const sorted = Object.keys(packages).sort((a, b) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(sorted.map((key) => [key, packages[key]])) };
}

/** The root's lock, and those of the folders that install for themselves. */
function checkAll(root, isFix) {
  for (const name of sourceFiles(root).filter((path) => /(^|\/)package-lock\.json$/.test(path))) {
    const file = join(root, name);
    const lock = JSON.parse(readFileSync(file, "utf8"));
    const missing = missingEntries(lock);
    if (missing.length === 0) continue;
    if (isFix) {
      writeFileSync(file, `${JSON.stringify(withEntries(lock, missing), null, 2)}\n`);
      console.log(`wrote ${missing.length} entries to ${name}`);
      continue;
    }
    const some = missing.slice(0, 3).map(([place]) => place.slice("node_modules/".length));
    console.log(`${name} lacks ${missing.length} platform packages (${some.join(", ")}, ...)`);
    console.log("npm ci fails without them; run node scripts/check-lock.mjs --fix");
    process.exitCode = 1;
  }
}

if (isMain(import.meta.url)) checkAll(fileURLToPath(new URL("..", import.meta.url)), process.argv.includes("--fix"));
