// Compiled modules -> the order in which they can be instantiated, or diagnostics about imports that nothing provides.
import type { Diagnostic } from "@tenon/builder/contract";
import type { CompiledModule } from "./compile.ts";

/** What the loader offers under the module name `host`. */
const HOST_FUNCTIONS: ReadonlySet<string> = new Set(["print"]);

interface Linked {
  readonly modules: readonly CompiledModule[];
  /** About modules that nothing imports. */
  readonly warnings: Diagnostic[];
}

/** Depth first from the entry: what is imported comes before who imports it. */
export function linkOrder(modules: readonly CompiledModule[], entry: string): Linked | Diagnostic[] {
  const byName = new Map(modules.map((one) => [one.name, { one, compiled: new WebAssembly.Module(one.binary) }]));
  const ordered: CompiledModule[] = [];
  const open: string[] = [];
  const faults: Diagnostic[] = [];
  const visit = (name: string): void => {
    const found = byName.get(name);
    if (found === undefined || ordered.includes(found.one)) return;
    open.push(name);
    for (const wanted of WebAssembly.Module.imports(found.compiled)) {
      const fault = importFault(wanted, byName.get(wanted.module)?.compiled, open);
      if (fault !== undefined)
        faults.push({ severity: "error", message: fault, file: found.one.path, ...placeOf(found.one.text, wanted) });
      else visit(wanted.module);
    }
    open.pop();
    ordered.push(found.one);
  };
  visit(entry.replace(/\.wat$/, ""));
  if (faults.length > 0) return faults;
  const unused = modules.filter((one) => !ordered.includes(one));
  const warnings = unused.map((one): Diagnostic => ({
    severity: "warning",
    message: `nothing imports ${one.name}; it is left out`,
    file: one.path,
  }));
  return { modules: ordered, warnings };
}

function importFault(
  wanted: WebAssembly.ModuleImportDescriptor,
  from: WebAssembly.Module | undefined,
  open: readonly string[],
): string | undefined {
  const { module, name, kind } = wanted;
  if (module === "host")
    return HOST_FUNCTIONS.has(name) && kind === "function"
      ? undefined
      : `the host has no ${kind} ${name}, only ${[...HOST_FUNCTIONS].join(", ")}`;
  if (from === undefined) return `there is no module ${module}: no file ${module}.wat`;
  if (open.includes(module))
    return `modules import each other: ${[...open.slice(open.indexOf(module)), module].join(" > ")}`;
  const exported = WebAssembly.Module.exports(from).find((one) => one.name === name);
  if (exported === undefined) return `module ${module} does not export ${name}`;
  return exported.kind === kind ? undefined : `${module} exports ${name} as a ${exported.kind}, not as a ${kind}`;
}

/** The line of an import in its text; binaries do not say where it stood. */
function placeOf(
  text: string,
  { module, name }: WebAssembly.ModuleImportDescriptor,
): { line?: number; column?: number } {
  const at = text.search(new RegExp(`\\(import\\s+"${escapePattern(module)}"\\s+"${escapePattern(name)}"`));
  if (at < 0) return {};
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
