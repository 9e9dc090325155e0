// What the code of a host looks like in each version of the builder contract: how it calls a plugin, and what it expects of one
// that was built for another version. Nothing here knows how plugins are adapted.
import assert from "node:assert/strict";
import type { TenonError } from "@tenon/contract";
import type { Plugin } from "@tenon/host";

export interface Seen {
  readonly progress: unknown[][];
  readonly stages: unknown[];
  readonly logs: unknown[][];
  /** Paths and texts. */
  readonly written: (readonly [string, string])[];
}

export function nothingSeen(): Seen {
  return { progress: [], stages: [], logs: [], written: [] };
}

/** `reaches("0.2.1", "0.2")` */
function reaches(version: string, wanted: string): boolean {
  const [own, other] = [version, wanted].map((text) => text.split(".").map(Number));
  const [minor = 0, patch = 0] = own!.slice(1);
  const [wantedMinor = 0, wantedPatch = 0] = other!.slice(1);
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

/** Host functions of every version; each contract takes those that it has. */
export function hostFunctions(seen: Seen): object {
  const never = (): never => assert.fail("the plugin has no use for this function");
  const write = (path: string, text: string): object => {
    seen.written.push([path, text]);
    return { tag: "ok", val: undefined };
  };
  return {
    report: {
      progress: (...args: unknown[]) => void seen.progress.push(args),
      stage: (name: unknown) => void seen.stages.push(name),
      log: (...args: unknown[]) => void seen.logs.push(args),
    },
    project: {
      listFiles: never,
      readFile: () => ({ tag: "ok", val: new TextEncoder().encode("hello") }),
      readText: () => ({ tag: "ok", val: "hello" }),
      writeFile: (path: string, data: Uint8Array) => write(path, new TextDecoder().decode(data)),
      writeText: write,
      remove: never,
    },
    tools: { findTool: never, runTool: never },
  };
}

/** Calls everything that a host of `host` may call, and holds the answers against what a plugin of `built` can say. */
export async function exercise(plugin: Plugin, built: string, host: string, seen: Seen): Promise<void> {
  const at = (version: string): boolean => reaches(host, version);
  const pluginAt = (version: string): boolean => reaches(built, version);
  await askWho(plugin, built, host);

  const detection = { language: "text", confidence: at("0.3") ? 0.9 : 90, entry: "hello.txt" };
  assert.deepEqual(await plugin.invoke("builder.detect", [["hello.txt"]]), at("0.3") ? [detection] : detection);
  assert.deepEqual(await plugin.invoke("builder.detect", [["main.c"]]), at("0.3") ? [] : undefined);
  const tools = await plugin.invoke("builder.check-tools", []);
  assert.deepEqual(tools, [{ name: "text", found: true, version: built, hint: "" }]);

  const answer = (await plugin.invoke("builder.build", [request(at)])) as {
    readonly val: { readonly diagnostics: readonly { readonly message: string }[] };
  };
  const { message } = answer.val.diagnostics[0]!;
  // The plugin in JavaScript tells its settings as well.
  const profile = at("0.2.1") && pluginAt("0.2.1") ? "small" : "release";
  assert.ok(message.startsWith(profile), message);
  if (message.includes("=")) assert.match(message, /speed=high$/);
  const help = at("0.1.1") && { help: pluginAt("0.1.1") ? "none needed" : undefined };
  const mapKind = at("0.1.2") && pluginAt("0.1.2") ? "source-map" : "auxiliary";
  assert.deepEqual(answer, {
    tag: "ok",
    val: {
      artifacts: [
        { path: "hello.wasm", kind: "wasm", size: 5n },
        { path: "hello.wasm.map", kind: mapKind, size: 1n },
      ],
      diagnostics: [{ severity: "note", message, file: undefined, line: 1, column: undefined, code: "N1", ...help }],
      run: undefined,
    },
  });
  assert.deepEqual(seen.progress, [at("0.2") ? [{ message: "building", percent: 50 }] : ["building", 50]]);
  assert.deepEqual(seen.stages, pluginAt("0.1.1") ? ["link"] : []);
  assert.equal(seen.logs.length, 1);
  assert.match(String(seen.logs[0]![1]), /\/out$/);
  assert.deepEqual(seen.written, [["/out/hello.wasm", "made"]]);
  const cleaned = (await plugin.invoke("builder.clean", ["/project", "/out"])) as { readonly val: readonly string[] };
  assert.equal(cleaned.val.length, 1);
}

/** `info` until it was gone, `targets` since then, where the plugin is young enough to have it. */
async function askWho(plugin: Plugin, built: string, host: string): Promise<void> {
  if (!reaches(host, "0.1.3")) {
    const texts = { languages: ["text"], targets: ["text"] };
    const info = await plugin.invoke("builder.info", []);
    assert.deepEqual(info, { name: "history", version: built, description: "", ...texts });
  }
  if (!reaches(host, "0.1.2")) return;
  const targets = plugin.invoke("builder.targets", []);
  if (reaches(built, "0.1.2")) assert.deepEqual(await targets, ["text"]);
  else await assert.rejects(targets, (error: TenonError) => error.code === "function-missing");
}

function request(at: (version: string) => boolean): object {
  return {
    project: "/project",
    entry: undefined,
    target: undefined,
    ...(at("0.2") ? { profile: at("0.2.1") ? "small" : "release" } : { release: true }),
    ...(at("0.1.2") ? { staging: "/out" } : { outDir: "/out" }),
    ...(at("0.2") ? { settings: [{ name: "speed", value: "high" }] } : { options: [["speed", "high"]] }),
    ...(at("0.1.1") && { jobs: 4 }),
  };
}
