// Writes src/generated/ from the builder contract: `npm run generate -w apps/builder`. `--check` only says what differs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { contractFromResolve, generateTypeScript, resolveWit, selectWorld } from "@tenon/contract";
import { readLock } from "@tenon/contract/evolution";

const WIT = new URL("../../contracts/builder/builder.wit", import.meta.url);
const LOCK = new URL("../../contracts/builder/contract.lock.json", import.meta.url);
const OUT = new URL("src/generated/", import.meta.url);

/** File name to text, as it should be. */
export function generated() {
  const { resolve, rootPackage } = resolveWit(readFileSync(WIT, "utf8"), { path: "contracts/builder/builder.wit" });
  const world = selectWorld(resolve, rootPackage, "plugin");
  const { digest } = contractFromResolve(resolve, world);
  const frozen = readLock(JSON.parse(readFileSync(LOCK, "utf8"))).versions.findLast(
    ({ abi }) => abi === digest,
  )?.version;
  const { files } = generateTypeScript(resolve, world, { runtimeModule: "@tenon/contract/core", frozen });
  return new Map(files.map(({ path, text }) => [path, text]));
}

/** The same, as it is on the disk. */
export function written() {
  return new Map([...generated().keys()].map((path) => [path, readText(new URL(path, OUT))]));
}

function readText(url) {
  try {
    return readFileSync(url, "utf8");
  } catch {
    // Not written yet: everything in it differs.
    return "";
  }
}

if (import.meta.main ?? process.argv[1] === new URL(import.meta.url).pathname) {
  const have = written();
  const stale = [...generated()].filter(([path, text]) => have.get(path) !== text);
  if (process.argv.includes("--check")) {
    for (const [path] of stale)
      console.log(`src/generated/${path} is not what the contract gives; run: npm run generate -w apps/builder`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    mkdirSync(OUT, { recursive: true });
    for (const [path, text] of stale) writeFileSync(new URL(path, OUT), text);
  }
}
