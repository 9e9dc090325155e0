// What the code of a host looks like in each version of the contract: how it calls a plugin, and what it expects of one that
// was built for another version. Nothing here knows how plugins are adapted.
import assert from "node:assert/strict";
import type { TenonError } from "@tenon/contract";
import type { Plugin } from "@tenon/host";

export interface Seen {
  readonly progress: unknown[][];
  readonly stages: unknown[];
  readonly logs: unknown[][];
}

/** `isAtLeast("1.3")(version)` */
function reaches(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split(".").map(Number));
  return a![0]! > b![0]! || (a![0] === b![0] && a![1]! >= b![1]!);
}

/** Host functions of every version; each contract takes those that it has. */
export function hostFunctions(seen: Seen): object {
  return {
    report: {
      progress: (...args: unknown[]) => void seen.progress.push(args),
      stage: (name: unknown) => void seen.stages.push(name),
      log: (...args: unknown[]) => void seen.logs.push(args),
    },
    project: {
      listFiles: () => ({ tag: "ok", val: ["hello.txt"] }),
      readFile: () => ({ tag: "ok", val: new TextEncoder().encode("hello") }),
      readText: () => ({ tag: "ok", val: "hello" }),
    },
  };
}

/** Calls everything that a host of `host` may call, and holds the answers against what a plugin of `built` can say. */
export async function exercise(plugin: Plugin, built: string, host: string, seen: Seen): Promise<void> {
  const at = (version: string): boolean => reaches(host, version);
  const pluginAt = (version: string): boolean => reaches(built, version);
  const info = await plugin.invoke(at("2.0") ? "builder.describe" : "builder.info", []);
  assert.deepEqual(info, { name: "history", version: built, languages: ["text"] });

  const found = (await plugin.invoke("builder.detect", [["hello.txt"]])) as object;
  const entry = at("2.1") ? { entry: pluginAt("2.1") ? "hello.txt" : undefined } : {};
  const detection = { language: "text", ...entry, confidence: at("3.0") ? 0.9 : 90 };
  assert.deepEqual(found, at("3.0") ? [detection] : detection);
  assert.deepEqual(await plugin.invoke("builder.detect", [["main.c"]]), at("3.0") ? [] : undefined);

  const answer = (await plugin.invoke("builder.build", [request(at)])) as {
    readonly val: {
      readonly artifacts: readonly unknown[];
      readonly diagnostics: readonly { readonly message: string }[];
    };
  };
  const [diagnostic] = answer.val.diagnostics;
  // The plugin in JavaScript tells its options as well.
  const profile = at("1.3") && pluginAt("1.3") ? "small" : "release";
  assert.ok(diagnostic!.message.startsWith(profile), diagnostic!.message);
  const size = at("1.2") ? 5n : 5;
  assert.deepEqual(answer, {
    tag: "ok",
    val: {
      artifacts: [{ path: "hello.wasm", ...(at("2.0") && { kind: "wasm" }), size }],
      diagnostics: [
        {
          severity: "note",
          message: diagnostic!.message,
          file: undefined,
          line: 1,
          ...(at("1.1") && { code: pluginAt("1.1") ? "N1" : undefined }),
        },
      ],
    },
  });
  assert.deepEqual(seen.progress, [at("2.0") ? [{ message: "building", percent: 50 }] : ["building", 50]]);
  assert.deepEqual(seen.stages, pluginAt("1.1") ? ["link"] : []);
  assert.equal(seen.logs.length, 1);
  assert.match(String(seen.logs[0]![1]), /\/out$/);

  if (!at("1.2")) assert.equal(((await plugin.invoke("builder.clean", ["/out"])) as string[]).length, 1);
  if (!at("1.3")) return;
  const estimate = plugin.invoke("builder.estimate", [request(at)]);
  if (pluginAt("1.3")) assert.equal(await estimate, 42);
  else await assert.rejects(estimate, (error: TenonError) => error.code === "function-missing");
}

/** What the JavaScript form of the plugin tells of the options that reached it. */
export function optionsText(built: string): string {
  return reaches(built, "2.0") ? "debug=toggle:true" : "debug=true";
}

function request(at: (version: string) => boolean): object {
  return {
    project: "/project",
    entry: undefined,
    profile: at("1.3") ? "small" : "release",
    ...(at("1.2") ? { outputFolder: "/out" } : { outDir: "/out" }),
    ...(at("2.0")
      ? { settings: [{ name: "debug", value: { tag: "toggle", val: true } }] }
      : { options: [["debug", "true"]] }),
    ...(at("1.1") && { jobs: 4 }),
  };
}
