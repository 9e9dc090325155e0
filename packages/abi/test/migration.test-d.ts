// What the types of frozen versions say about a migration between them.
import { defineMigration } from "@tenon/abi/adapt";
import type { PluginShape as Older } from "../../../examples/contract-history/contract/migrations/types/plugin-1.3.0.d.ts";
import type { PluginShape as Newer } from "../../../examples/contract-history/contract/migrations/types/plugin-2.0.0.d.ts";

const ends = { from: "1.3.0", to: "2.0.0" };

defineMigration<Older, Newer>({
  ...ends,
  types: {
    "builder#artifact": { up: { kind: ({ path }) => (path.endsWith(".wasm") ? "wasm" : "other") }, down: {} },
    "builder#build-request": {
      up: { settings: ({ options }) => options.map(([name, val]) => ({ name, value: { tag: "text", val } })) },
      down: { options: ({ settings }) => settings.map(({ name, value }) => [name, String(value.val)]) },
    },
  },
  exports: {
    "builder.describe": { was: "builder.info" },
    "builder.build": {
      result: {
        up: (built, convert) =>
          built.tag === "err" ? built : { tag: "ok", val: convert("builder#build-output", built.val) },
        down: (built, convert) =>
          built.tag === "err" ? built : { tag: "ok", val: convert("builder#build-output", built.val) },
      },
    },
  },
  imports: { "project.read-text": { emulate: ([path], call) => call("project.read-file", [path]) } },
});

defineMigration<Older, Newer>({
  ...ends,
  types: {
    // @ts-expect-error -- a kind that 2.0.0 does not know
    "builder#artifact": { up: { kind: () => "script" }, down: {} },
  },
  exports: {
    // @ts-expect-error -- a function that 1.3.0 does not have
    "builder.describe": { was: "builder.describe" },
    "builder.build": {
      result: {
        // @ts-expect-error -- an artifact of 1.3.0 has no kind
        up: (built) => built,
        down: (built) => built,
      },
    },
  },
  // @ts-expect-error -- 2.0.0 has no function read-text
  imports: { "project.read-text": { emulate: (_args, call) => call("project.read-text", ["a"]) } },
});

defineMigration<Older, Newer>({
  ...ends,
  // @ts-expect-error -- a type that neither version has
  types: { "builder#artefact": { up: {}, down: {} } },
});
