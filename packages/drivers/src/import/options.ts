// What an `import` artifact may be -> the plugin's module, or the plugin itself.
import { fileURLToPath } from "node:url";
import { TenonError } from "@tenon/contract/core";
import { descriptorsExhausted, requireDescriptors } from "../_process/exhausted.ts";

/**
 * `module` is a file URL, an absolute path or a package specifier that Node can import; or the plugin itself: a
 * `definePlugin` value, an object of interfaces, or a function of the host object (which needs no file at all).
 */
export interface ImportArtifact {
  readonly module: string | URL | object;
}

/** Rejects with config-invalid, file-missing, start-failed (the module threw while loading), artifact-invalid or resource-exhausted. */
export async function loadModule(artifact: ImportArtifact): Promise<unknown> {
  const module: unknown = artifact?.module;
  if ((typeof module === "object" && module !== null && !(module instanceof URL)) || typeof module === "function")
    return module;
  if (typeof module !== "string" && !(module instanceof URL))
    throw new TenonError(
      "config-invalid",
      `artifact.module must be a path, a URL or the plugin itself, not ${typeof module}`,
      {
        hint: "name the module",
        sideEffects: "none",
      },
    );
  const specifier = specifierOf(module);
  const purpose = `load the module ${specifier}`;
  requireDescriptors(purpose);
  try {
    return (await import(specifier)) as unknown;
  } catch (error) {
    const exhausted = descriptorsExhausted(error, purpose);
    if (exhausted !== undefined) throw exhausted;
    const code = (error as { code?: unknown }).code;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "ENOENT") {
      throw missing(specifier, error);
    }
    throw TenonError.from(error, "start-failed", {
      hint: "the module threw while it loaded; mend it or its dependencies",
      sideEffects: "none",
    });
  }
}

/** Node's own first line says which of them it is: "Cannot find package 'x' imported from /a/b.js". */
function missing(specifier: string, cause: unknown): TenonError {
  const [first = ""] = String((cause as { readonly message?: unknown }).message).split("\n");
  const found = /^Cannot find (package|module) '([^']+)' imported from (.+)$/.exec(first);
  const [, kind, name = "", from = ""] = found ?? [];
  // The plugin's own module is looked for by this file.
  const isOwn = found === null || name === specifier || from === fileURLToPath(import.meta.url);
  if (isOwn) return new TenonError("file-missing", `module ${specifier} was not found`, { cause, sideEffects: "none" });
  const hint =
    kind === "package" ? "install it where the plugin is (npm install)" : "build the plugin, or mend the import";
  const what = `${kind} ${name}, which ${from} imports, was not found`;
  return new TenonError("file-missing", what, { hint, cause, sideEffects: "none" });
}

function specifierOf(module: string | URL): string {
  if (module instanceof URL) return module.href;
  // Absolute paths with a drive letter or odd characters are not importable as they are on every system.
  return module.startsWith("/") || /^[A-Za-z]:[\\/]/.test(module)
    ? new URL(`file://${encodeURI(module.replaceAll("\\", "/")).replaceAll("#", "%23").replaceAll("?", "%3F")}`).href
    : module;
}
