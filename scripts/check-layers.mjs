// The import specifiers of every source file to the list of those that break the direction of DESIGN section 3.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { isMain, sourceFiles } from "./source-files.mjs";

/** Who may import whom: `packages` are the project's own, `node` the builtins (true: all), `outside` third-party code, `small` what of it may be static. */
const LAYERS = {
  contract: { packages: [], node: [], outside: "never" },
  abi: { packages: ["contract"], node: [], outside: "never" },
  // Decisions about capabilities are data to data, so that every layer can take the same ones.
  policy: { packages: ["contract"], node: [], outside: "never" },
  // Bytes in, instances out: files, caches and threads are the caller's.
  wasm: { packages: ["contract", "abi"], node: [], outside: "never" },
  // The guest's view of files, clocks, random and streams, over Node's own.
  wasi: { packages: ["contract", "abi", "wasm"], node: true, outside: "never" },
  // The core itself needs no more of Node than this; what touches processes, threads or files is a driver.
  host: {
    packages: ["contract", "abi", "policy"],
    node: ["node:buffer", "node:diagnostics_channel", "node:os", "node:process"],
    outside: "never",
  },
  plugin: { packages: ["contract", "abi", "host"], node: true, outside: "lazy" },
  drivers: { packages: ["contract", "abi", "policy", "host", "plugin", "wasm", "wasi"], node: true, outside: "lazy" },
  registry: { packages: ["contract", "abi", "policy", "host"], node: true, outside: "lazy", small: ["semver"] },
  // The author kit only in src/plugins/, which is what runs on the other side.
  verify: { packages: ["contract", "abi", "policy", "host", "plugin"], node: true, outside: "static" },
  tenon: {
    packages: ["contract", "abi", "policy", "host", "plugin", "wasm", "wasi", "drivers", "registry", "verify"],
    node: true,
    outside: "never",
  },
  cli: {
    packages: ["contract", "abi", "policy", "host", "plugin", "wasm", "wasi", "drivers", "registry", "verify", "tenon"],
    node: true,
    outside: "static",
  },
};
const TOP = { packages: Object.keys(LAYERS).filter((name) => name !== "cli"), node: true, outside: "static" };

/** All problems below `root`, as `{ file, specifier, problem }`; an empty list means that the layers hold. */
export function checkLayers(root) {
  const problems = [];
  const graph = new Map();
  const files = sourceFiles(root, ["packages", "apps", "examples"]).filter(
    // AssemblyScript looks like TypeScript, and is not.
    (file) =>
      /\.(ts|mts|js|mjs)$/.test(file) &&
      !/assemblyscript\/[^/]+\.ts$/.test(file) &&
      /^(packages|apps)\/[^/]+\/(src|bin)\/|^examples\//.test(file),
  );
  for (const file of files) {
    graph.set(file, []);
    for (const found of importsOf(file, readFileSync(join(root, file), "utf8"))) {
      const problem = found.specifier.startsWith(".") ? checkRelative(file, found, graph) : checkBare(file, found);
      if (problem !== undefined) problems.push({ file, specifier: found.specifier, problem });
    }
  }
  for (const cycle of cyclesIn(graph)) {
    problems.push({ file: cycle[0], specifier: cycle.slice(1).join(" -> "), problem: "is a cycle of imports" });
  }
  return problems;
}

/** Every specifier in one file; `kind` is `type` for imports that the compiler erases. */
export function importsOf(file, text) {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`);
  const found = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const isErased = entries.length > 0 && entries.every((entry) => entry.isType);
    found.push({ specifier: moduleRequest.value, kind: isErased ? "type" : "static" });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) found.push({ specifier: moduleRequest.value, kind: isType ? "type" : "static" });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(["'])([^"'\\]+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal) found.push({ specifier: literal[2], kind: "lazy" });
  }
  return found;
}

function checkRelative(file, { specifier, kind }, graph) {
  const target = posix.join(dirname(file), specifier);
  if (kind === "static") graph.get(file).push(target);
  const home = file
    .split("/")
    .slice(0, file.startsWith("examples/") ? 2 : 3)
    .join("/");
  const isBin = /\/bin\//.test(file);
  // Examples are built by what builds them in CI, and checked by what they all have to answer.
  if (file.startsWith("examples/") && /^(scripts|examples\/checks)\//.test(target)) return undefined;
  if (!isBin && !target.startsWith(`${home}/`)) return "leaves its package; import the package by its name";
  const from = driverFolder(file);
  const to = driverFolder(target);
  // Files directly in src/ and folders named _like-this are what drivers share.
  if (from !== to && to !== undefined && !to.startsWith("_")) return "reaches into another driver's folder";
  return undefined;
}

function checkBare(file, { specifier, kind }) {
  const [top, name] = file.split("/");
  const layer = top === "packages" && name !== "bench" ? LAYERS[name] : TOP;
  if (layer === undefined)
    return `is in packages/${name}, which scripts/check-layers.mjs does not know; add it to LAYERS`;
  if (specifier.startsWith("node:")) {
    return layer.node === true || layer.node.includes(specifier) ? undefined : `is not open to ${name}`;
  }
  if (builtinModules.includes(specifier)) return "is a builtin; write it with node:";
  const own = /^(?:@tenon\/([^/]+)|(tenon))(?:\/|$)/.exec(specifier);
  if (own) {
    const target = own[1] ?? own[2];
    if (target === name && top === "packages") return "names its own package; import the file";
    return layer.packages.includes(target) ? undefined : `${top === "packages" ? name : top} may not import ${target}`;
  }
  if (kind === "type" || layer.outside === "static") return undefined;
  if (layer.small?.some((library) => specifier === library || specifier.startsWith(`${library}/`))) return undefined;
  if (layer.outside === "lazy" && kind === "lazy") return undefined;
  return layer.outside === "lazy" ? "is third-party code imported statically; load it lazily" : "is third-party code";
}

function driverFolder(file) {
  return /^packages\/drivers\/src\/([^/]+)\//.exec(file)?.[1];
}

/** One cycle per strongly knotted place: each is reported once, from where the walk first met it. */
function cyclesIn(graph) {
  const done = new Set();
  const path = [];
  const cycles = [];
  const visit = (file) => {
    const at = path.indexOf(file);
    if (at >= 0) cycles.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}

if (isMain(import.meta.url)) {
  const problems = checkLayers(fileURLToPath(new URL("..", import.meta.url)));
  for (const { file, specifier, problem } of problems) console.log(`${file}: "${specifier}" ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
