// Every package as npm would pack it to a line about its size and to what publint finds wrong with it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_PACKED_BYTES = 1024 * 1024;

// All at once: most of npm's time is its own start.
const packed = spawnSync("npm", ["pack", "--workspaces", "--dry-run", "--json", "--ignore-scripts"], {
  cwd: ROOT,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.stderr}`);
const packs = new Map(JSON.parse(packed.stdout).map((pack) => [pack.name, pack]));

let isOk = true;
for (const name of readdirSync(join(ROOT, "packages"))) {
  const folder = join(ROOT, "packages", name);
  if (!existsSync(join(folder, "package.json")) || name === "bench") continue;
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { size, entryCount, files } = packs.get(manifest.name);
  // As they would lie in the tarball, so that publint need not pack them once more.
  const inTarball = files.map(({ path }) => ({ name: `package/${path}`, data: readFileSync(join(folder, path)) }));
  const { messages } = await publint({
    pkgDir: "package",
    pack: { files: inTarball },
    strict: true,
    level: "warning",
  });
  const problems = messages.map((message) => formatMessage(message, manifest, { color: false }));
  if (size > MAX_PACKED_BYTES) problems.push(`packs to ${size} bytes, more than ${MAX_PACKED_BYTES}`);
  if (!files.some((file) => file.path.startsWith("dist/")))
    problems.push("packs nothing from dist; run npm run build first");
  if (files.some((file) => /\.tsbuildinfo$|^test\//.test(file.path)))
    problems.push("packs tests or build state; mend its files list");
  console.log(
    `${problems.length === 0 ? "ok    " : "FAILED"} ${manifest.name.padEnd(16)} ${String(entryCount).padStart(4)} files ${(size / 1024).toFixed(1).padStart(7)} KiB packed`,
  );
  for (const problem of problems) console.log(`    ${problem}`);
  if (problems.length > 0) isOk = false;
}
process.exitCode = isOk ? 0 : 1;
