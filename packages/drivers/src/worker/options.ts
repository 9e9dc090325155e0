// What a `worker` artifact may be -> the options of its thread.
import { pathToFileURL } from "node:url";
import type { WorkerOptions } from "node:worker_threads";
import type { OpenContext } from "@tenon/host/driver";
import { grantedEnvironment } from "../_granted/environment.ts";

/** The same module that the `import` boundary loads, by name only: an object cannot move to another thread. */
export interface WorkerArtifact {
  /** A file URL, an absolute path, or a package specifier that Node can import; its default export is the plugin. */
  readonly module: string | URL;
  /** `workerData` as the plugin's module sees it. Must be cloneable. */
  readonly workerData?: unknown;
  /** All of `process.env` in the thread; default `{}`, because the host's environment often has secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Node options of the thread; default `[]`, not the host's, so that a plugin runs the same under every host. */
  readonly execArgv?: readonly string[];
}

/** The module as `import()` takes it on every system. */
export function specifierOf(module: string | URL): string {
  if (module instanceof URL) return module.href;
  return module.startsWith("/") || /^[A-Za-z]:[\\/]/.test(module) ? pathToFileURL(module).href : module;
}

export function threadOptions(
  artifact: WorkerArtifact,
  { pluginId, limits, granted }: Pick<OpenContext, "pluginId" | "limits" | "granted">,
): WorkerOptions {
  return {
    name: `tenon:${pluginId}`,
    env: { ...grantedEnvironment(granted), ...artifact.env },
    execArgv: [...(artifact.execArgv ?? [])],
    workerData: artifact.workerData,
    stdin: false,
    // Nobody reads them: what the plugin prints comes another way (`GuestOutput`), and reading would keep the process alive.
    stdout: true,
    stderr: true,
    // Node bounds the JavaScript heap only; ArrayBuffers and WebAssembly memory are not part of it.
    ...(limits.memoryMiB > 0 && { resourceLimits: { maxOldGenerationSizeMb: limits.memoryMiB } }),
  };
}
