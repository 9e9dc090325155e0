// What an `import` artifact may be -> the plugin's module, or the plugin itself.
import { TenonError } from "@tenon/contract/core";
import { descriptorsExhausted, requireDescriptors } from "../_process/exhausted.ts";
import { missingModule } from "../_process/missing-module.ts";

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
    const missing = missingModule(error, specifier, import.meta.url);
    if (missing !== undefined) throw missing;
    throw TenonError.from(error, "start-failed", {
      hint: "the module threw while it loaded; mend it or its dependencies",
      sideEffects: "none",
    });
  }
}

function specifierOf(module: string | URL): string {
  if (module instanceof URL) return module.href;
  // Absolute paths with a drive letter or odd characters are not importable as they are on every system.
  return module.startsWith("/") || /^[A-Za-z]:[\\/]/.test(module)
    ? new URL(`file://${encodeURI(module.replaceAll("\\", "/")).replaceAll("#", "%23").replaceAll("?", "%3F")}`).href
    : module;
}
