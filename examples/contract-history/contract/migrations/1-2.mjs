// @ts-check
// Settings have typed values, artifacts say what they are, progress is a record, and one function reads files.
import { defineMigration } from "tenon/adapt";

/** @typedef {import("./types/plugin-1.3.0.js").PluginShape} Older */
/** @typedef {import("./types/plugin-2.0.0.js").PluginShape} Newer */
/** @typedef {Newer["types"]["builder#setting-value"]} SettingValue */

/** @type {ReadonlyMap<string, Newer["types"]["builder#artifact-kind"]>} */
const KINDS = new Map([
  ["exe", "executable"],
  ["so", "library"],
  ["wasm", "wasm"],
]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * What stood for a switch before there were any.
 * @param {string} value
 * @returns {SettingValue}
 */
function settingOf(value) {
  return value === "true" || value === "false" ? { tag: "toggle", val: value === "true" } : { tag: "text", val: value };
}

/** @type {import("tenon/adapt").MigrationDefinition<Older, Newer>} */
const migration = {
  from: "1.3.0",
  to: "2.0.0",
  types: {
    "builder#build-request": {
      up: { settings: ({ options }) => options.map(([name, value]) => ({ name, value: settingOf(value) })) },
      down: { options: ({ settings }) => settings.map(({ name, value }) => [name, String(value.val)]) },
    },
    "builder#artifact": {
      up: { kind: ({ path }) => KINDS.get(path.slice(path.lastIndexOf(".") + 1)) ?? "other" },
      down: {},
    },
  },
  exports: {
    "builder.describe": { was: "builder.info" },
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
            return { tag: "err", val: { tag: "failed", val: "the file is not UTF-8" } };
          }
        },
      },
    },
  },
  // What plugins of 1.3.0 say of artifacts does not tell their kind, nor text that reads like a switch from a switch.
  lossy: ["builder#artifact.kind", "builder#setting.value"],
};

export default defineMigration(migration);
