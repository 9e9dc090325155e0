// WIT text, a WIT file or a package folder with its `deps` -> the Resolve of all its packages.

import { TenonError } from "../errors.ts";
import type { Docs, Resolve } from "../ir.ts";
import { placeOfDocs } from "./annotations.ts";
import type { FileAst } from "./ast.ts";
import { bindPackage } from "./bind-package.ts";
import type { BoundPackage } from "./bound.ts";
import { collectPackages, type PackageGroup } from "./collect-packages.ts";
import { type Diagnostic, Fault, FaultLog } from "./diagnostic.ts";
import { emitResolve } from "./emit.ts";
import { linkPackage } from "./link-package.ts";
import { Linked } from "./linked.ts";
import { orderPackages } from "./order-packages.ts";
import { parseFile } from "./parse.ts";
import { type SourceFile, SourceMap } from "./source.ts";

/** Read access to the files of a WIT package; paths are joined with `/`. */
export interface WitFiles {
  /** Entries of a folder, links followed. Throws for anything that is no folder. */
  readDirectory(path: string): readonly { readonly name: string; readonly kind: "file" | "directory" }[];
  /** UTF-8 text of a file. */
  readText(path: string): string;
}

export interface WitOptions {
  /** Features that are on: `@unstable(feature = x)` items are left out unless `x` is here. Default none. */
  readonly features?: readonly string[];
  /** Every feature is on. Default false. */
  readonly allFeatures?: boolean;
}

export interface LoadedWit {
  readonly resolve: Resolve;
  /** Index in `resolve.packages` of the package that was asked for; the others are its dependencies and nested packages. */
  readonly rootPackage: number;
  /** A fault in the docs of an item of `resolve`, as a diagnostic at the place of `text` inside them. */
  diagnose(docs: Docs, text: string, message: string, hint?: string): Diagnostic;
}

/**
 * Loads a WIT file, or a folder whose `*.wit` files make one package and whose `deps` folder holds the packages it
 * depends on (folders or single `.wit` files; no binary packages).
 * Throws WitError (`wit-invalid`) with diagnostics, or `file-missing` where `path` cannot be read.
 */
export function loadWit(path: string, files: WitFiles, options: WitOptions = {}): LoadedWit {
  const loader = new Loader(options);
  const entries = attemptRead(() => files.readDirectory(path));
  if (entries === undefined)
    return loader.finish(
      loader.addText(
        path,
        readOrExplain(path, () => files.readText(path)),
      ),
    );
  const root = path.replace(/\/+$/, "");
  const main = loader.addFolder(root, entries, files);
  const hasDeps = entries.some((entry) => entry.name === "deps" && entry.kind === "directory");
  if (hasDeps) loader.addDeps(`${root}/deps`, files);
  return loader.finish(main);
}

/** Resolves one WIT text. `path` names it in diagnostics; default `input.wit`. Throws WitError. */
export function resolveWit(text: string, options: WitOptions & { readonly path?: string } = {}): LoadedWit {
  const loader = new Loader(options);
  return loader.finish(loader.addText(options.path ?? "input.wit", text));
}

function attemptRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // Not a folder: reading it as a file says what else is wrong with it.
    return undefined;
  }
}

/** What `files` throws that is no TenonError becomes one that names the path. */
function readOrExplain<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof TenonError) throw cause;
    throw new TenonError("file-missing", `the WIT file or folder ${path} cannot be read`, {
      cause,
      sideEffects: "none",
    });
  }
}

type Entries = ReturnType<WitFiles["readDirectory"]>;

class Loader {
  readonly #sources = new SourceMap();
  readonly #log = new FaultLog(this.#sources);
  readonly #options: WitOptions;
  readonly #packages: BoundPackage[] = [];

  constructor(options: WitOptions) {
    this.#options = options;
  }

  /** Name of the group's main package, or undefined after a fault. */
  addText(path: string, text: string): string | undefined {
    if (!this.#checkName(path)) return undefined;
    const file = this.#log.attempt(() => parseFile(this.#sources.add(path, text)));
    return file === undefined ? undefined : this.#addGroup(collectPackages([file], path, this.#log));
  }

  addFolder(path: string, entries: Entries, files: WitFiles): string | undefined {
    const names = entries
      .filter((entry) => entry.kind === "file" && entry.name.endsWith(".wit"))
      .map((entry) => entry.name);
    const parsed: (FileAst | undefined)[] = names.sort(byCodeUnits).map((name) => {
      const file = this.#readSource(`${path}/${name}`, files);
      return this.#log.attempt(() => parseFile(file));
    });
    const sound = parsed.filter((file) => file !== undefined);
    // With a file missing, its package would only show follow-up faults.
    return sound.length < parsed.length ? undefined : this.#addGroup(collectPackages(sound, path, this.#log));
  }

  #readSource(path: string, files: WitFiles): SourceFile {
    return this.#sources.add(
      path,
      readOrExplain(path, () => files.readText(path)),
    );
  }

  addDeps(path: string, files: WitFiles): void {
    const entries = [...readOrExplain(path, () => files.readDirectory(path))].sort((a, b) =>
      byCodeUnits(a.name, b.name),
    );
    for (const { name, kind } of entries) {
      const full = `${path}/${name}`;
      if (kind === "directory")
        this.addFolder(
          full,
          readOrExplain(full, () => files.readDirectory(full)),
          files,
        );
      else if (name.endsWith(".wit"))
        this.addText(
          full,
          readOrExplain(full, () => files.readText(full)),
        );
      else this.#checkName(full);
    }
  }

  #checkName(path: string): boolean {
    if (!/\.(?:wasm|wat)$/.test(path)) return true;
    this.#log.addPlain(
      path,
      "binary WIT packages are not supported",
      "put the package there as WIT text (`wasm-tools component wit`)",
    );
    return false;
  }

  #addGroup(group: PackageGroup | undefined): string | undefined {
    if (group === undefined) return undefined;
    for (const ast of [...group.nested, group.main]) {
      const bound = bindPackage(ast, this.#log);
      if (bound !== undefined) this.#packages.push(bound);
    }
    return group.main.id.text;
  }

  finish(main: string | undefined): LoadedWit {
    this.#log.check();
    const linked = new Linked(this.#options.features ?? [], this.#options.allFeatures ?? false);
    const resolve = this.#log.attempt(() => {
      for (const bound of orderPackages(this.#packages)) linkPackage(linked, bound);
      return emitResolve(linked);
    });
    if (resolve === undefined) this.#log.check();
    const rootPackage = linked.packageIds.get(main ?? "");
    if (resolve === undefined || rootPackage === undefined)
      throw new TenonError("internal", "a WIT load ended without a result");
    const diagnose: LoadedWit["diagnose"] = (docs, text, message, hint) => {
      const place = this.#sources.find(text, placeOfDocs(docs) ?? { start: 0, end: 0 });
      return this.#log.describe(new Fault(place, message, hint));
    };
    return { resolve, rootPackage, diagnose };
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
