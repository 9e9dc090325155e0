// package-lock.json to the platform packages it lacks: `npm ci` refuses a lock without them on every machine.
// npm leaves them out when it could not see them while it wrote the lock (npm/cli#4828, or a registry mirror that does not
// carry all platforms); `--fix` writes their entries, without the integrity that was not to be had.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMain } from "./source-files.mjs";

const SYSTEMS = "aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32";
const CPUS = "arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64";
const PLATFORM = new RegExp(`(?:^|[-/])(${SYSTEMS})-(${CPUS})(?:-(gnu|musl|msvc|gnueabihf|musleabihf|eabi))?$`);

/** The missing entries as `[path, entry]`, for optional dependencies with an exact version and a platform in their name. */
export function missingEntries(lock) {
  const missing = new Map();
  for (const [path, owner] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`;
      const isThere = Object.hasOwn(lock.packages, place) || Object.hasOwn(lock.packages, `${path}/${place}`);
      const platform = PLATFORM.exec(name);
      if (isThere || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || platform === null) continue;
      const [, system, cpu, abi = ""] = platform;
      const libc = system === "linux" && abi !== "" ? { libc: [abi.startsWith("musl") ? "musl" : "glibc"] } : {};
      missing.set(place, {
        version,
        cpu: [cpu],
        ...(owner.dev ? { dev: true } : {}),
        ...libc,
        optional: true,
        os: [system],
      });
    }
  }
  return [...missing];
}

/** The lock with the entries in npm's own order, root and workspaces first. */
function withEntries(lock, entries) {
  const packages = { ...lock.packages, ...Object.fromEntries(entries) };
  const sorted = Object.keys(packages).sort((a, b) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(sorted.map((key) => [key, packages[key]])) };
}

if (isMain(import.meta.url)) {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock);
  if (missing.length > 0 && process.argv.includes("--fix")) {
    writeFileSync(file, `${JSON.stringify(withEntries(lock, missing), null, 2)}\n`);
    console.log(`wrote ${missing.length} entries to package-lock.json`);
  } else if (missing.length > 0) {
    const names = missing.slice(0, 3).map(([place]) => place.slice("node_modules/".length));
    console.log(`package-lock.json lacks ${missing.length} platform packages (${names.join(", ")}, ...)`);
    console.log("npm ci fails without them; run node scripts/check-lock.mjs --fix");
    process.exitCode = 1;
  }
}
