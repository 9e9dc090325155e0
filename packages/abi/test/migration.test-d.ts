// What the types of frozen versions say about a migration between them.
import { defineMigration } from "@tenon/abi/adapt";
import type { PluginShape as Older } from "../../../contracts/builder/migrations/types/plugin-0.1.3.d.ts";
import type { PluginShape as Newer } from "../../../contracts/builder/migrations/types/plugin-0.2.0.d.ts";

const ends = { from: "0.1.3", to: "0.2.0" };

defineMigration<Older, Newer>({
  ...ends,
  types: {
    "builder#build-request": {
      up: {
        profile: ({ release }) => (release ? "release" : "debug"),
        settings: ({ options }) => options.map(([name, value]) => ({ name, value })),
      },
      down: {
        release: ({ profile }) => profile !== "debug",
        options: ({ settings }) => settings.map(({ name, value }) => [name, value]),
      },
    },
  },
  exports: {
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
    // @ts-expect-error -- a profile that 0.2.0 does not know
    "builder#build-request": { up: { profile: () => "small" }, down: {} },
  },
  exports: {
    "builder.build": {
      params: {
        // @ts-expect-error -- a request of 0.1.3 has no profile
        up: (request) => request,
        down: ([request], convert) => [convert("builder#build-request", request)],
      },
    },
  },
  // @ts-expect-error -- 0.2.0 has no function read-text
  imports: { "project.read-text": { emulate: (_args, call) => call("project.read-text", ["a"]) } },
});

defineMigration<Older, Newer>({
  ...ends,
  // @ts-expect-error -- a type that neither version has
  types: { "builder#artefact": { up: {}, down: {} } },
});

/** As `Newer`, with another name for one function. */
interface Renamed {
  readonly types: Newer["types"];
  readonly exports: Omit<Newer["exports"], "builder.clean"> & {
    readonly "builder.sweep": Newer["exports"]["builder.clean"];
  };
  readonly imports: Newer["imports"];
}

defineMigration<Older, Renamed>({ ...ends, exports: { "builder.sweep": { was: "builder.clean" } } });

// @ts-expect-error -- a function that 0.1.3 does not have
defineMigration<Older, Renamed>({ ...ends, exports: { "builder.sweep": { was: "builder.sweep" } } });
