// @ts-check
// Builds have a profile, settings and progress are records, and files are bytes: what is text is the plugin's affair.
import { defineMigration } from "tenon/adapt";

/** @typedef {import("./types/plugin-0.1.3.js").PluginShape} Older */
/** @typedef {import("./types/plugin-0.2.0.js").PluginShape} Newer */

// A byte order mark stays where it is, as it did in `read-text`.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @type {import("tenon/adapt").MigrationDefinition<Older, Newer>} */
const migration = {
  from: "0.1.3",
  to: "0.2.0",
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
  imports: {
    "report.progress": {
      params: {
        up: ([message, percent]) => [{ message, percent }],
        down: ([{ message, percent }]) => [message, percent],
      },
    },
    "project.read-text": {
      emulate: {
        via: "project.read-file",
        result: (read) => {
          if (read.tag === "err") return read;
          try {
            return { tag: "ok", val: utf8.decode(read.val) };
          } catch {
            return { tag: "err", val: { tag: "unsuitable", val: "the file is not UTF-8" } };
          }
        },
      },
    },
    "project.write-text": {
      emulate: {
        via: "project.write-file",
        params: ([path, text]) => [path, new TextEncoder().encode(text)],
      },
    },
  },
};

export default defineMigration(migration);
