// Node's error about a module that is not there -> which one it is: the plugin's own, or one that it imports.
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract/core";

/**
 * `file-missing` where `thrown` says that a module was not found, undefined for everything else. `specifier` is what was
 * imported, by the file whose URL is `importer`.
 */
export function missingModule(thrown: unknown, specifier: string, importer: string): TenonError | undefined {
  const { code, message } = (thrown ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const options = { cause: thrown, sideEffects: "none" } as const;
  if (code === "ERR_UNSUPPORTED_DIR_IMPORT") {
    const hint = "name the module in it";
    return new TenonError("file-missing", `module ${JSON.stringify(specifier)} is or imports a folder`, {
      ...options,
      hint,
    });
  }
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "ENOENT") return undefined;
  // "Cannot find package 'x' imported from /a/b.js", on the first line.
  const [first = ""] = String(message).split("\n");
  const found = /^Cannot find (package|module) '([^']*)' imported from (.+)$/.exec(first);
  const [, kind, name = "", from = ""] = found ?? [];
  const isOwn = found === null || from === fileURLToPath(importer);
  if (isOwn) return new TenonError("file-missing", `module ${JSON.stringify(specifier)} was not found`, options);
  const hint =
    kind === "package" ? "install it where the plugin is (npm install)" : "build the plugin, or mend the import";
  return new TenonError("file-missing", `${kind} ${name}, which ${from} imports, was not found`, { ...options, hint });
}
