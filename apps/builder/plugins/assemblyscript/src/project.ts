// The project as the host shows it -> all its sources in memory, so that the compiler needs no further call to the host.
import { basename } from "node:path";
import type { BuildError, BuildRequest, PluginImports } from "@tenon/builder/contract";

export interface SourceProject {
  /** The name of the artifacts. */
  readonly name: string;
  readonly entry: string;
  /** Text by path; the paths are relative to the project. */
  readonly sources: ReadonlyMap<string, string>;
}

/** What the compiler may ask for. */
const READABLE = /\.(ts|json)$/;

export async function readProject(
  project: PluginImports["project"],
  request: BuildRequest,
): Promise<SourceProject | BuildError> {
  // On some boundaries a host function gives a promise, on others the value itself.
  const listed = await Promise.resolve(project.listFiles(""));
  if (listed.tag === "err") return { tag: "io", val: `the project's files could not be listed: ${listed.val.tag}` };
  const paths = listed.val.filter((path) => READABLE.test(path));
  const sources = new Map<string, string>();
  for (const path of paths) {
    const read = await Promise.resolve(project.readFile(path));
    if (read.tag === "ok") sources.set(path, new TextDecoder().decode(read.val));
    else return { tag: "io", val: `${path} could not be read: ${"val" in read.val ? read.val.val : read.val.tag}` };
  }
  const entry = request.entry ?? entryOf(sources);
  if (!sources.has(entry)) return { tag: "unsupported", val: `there is no ${entry} to start from; name another entry` };
  return { name: basename(request.project), entry, sources };
}

function entryOf(sources: ReadonlyMap<string, string>): string {
  try {
    const config = JSON.parse(sources.get("asconfig.json") ?? "{}") as { entries?: unknown };
    const [first] = Array.isArray(config.entries) ? (config.entries as unknown[]) : [];
    if (typeof first === "string") return first;
  } catch {
    // The compiler reads the same file and says what is wrong with it.
  }
  return "assembly/index.ts";
}
