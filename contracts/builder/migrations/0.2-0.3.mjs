// @ts-check
// A plugin tells all that it can build of a project, and how sure it is from 0 to 1.
import { defineMigration } from "tenon/adapt";

/** @typedef {import("./types/plugin-0.2.1.js").PluginShape} Older */
/** @typedef {import("./types/plugin-0.3.0.js").PluginShape} Newer */

/** @type {import("tenon/adapt").MigrationDefinition<Older, Newer>} */
const migration = {
  from: "0.2.1",
  to: "0.3.0",
  types: {
    // By rule, 100 of 100 would be 100 of 1.
    "builder#detection": {
      up: { confidence: ({ confidence }) => Math.min(confidence, 100) / 100 },
      down: { confidence: ({ confidence }) => Math.round(100 * Math.min(Math.max(confidence || 0, 0), 1)) },
    },
  },
  exports: {
    "builder.detect": {
      result: {
        up: (found, convert) => (found === undefined ? [] : [convert("builder#detection", found)]),
        down: ([surest], convert) => (surest === undefined ? undefined : convert("builder#detection", surest)),
      },
    },
  },
  lossy: ["builder#detection.confidence", "builder.detect -> result"],
};

export default defineMigration(migration);
