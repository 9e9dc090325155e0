// A plugin in JavaScript that misbehaves in every way that the catalogue has and JavaScript can.
import process from "node:process";
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { faultContract, type FaultExports, type FaultImports } from "../faults/contract.ts";

const ENDLESS_DEPTH = 1000;
/** By then an answer has left, whichever stack of protocols it goes through. */
const AFTER_ITS_ANSWER_MS = 100;

const definition: PluginDefinition<FaultExports, FaultImports> = definePlugin(faultContract, (host) => {
  let count = 0;
  const recurse = (): number => recurse() + 1;
  const spin = (): never => {
    for (;;);
  };
  return {
    faults: {
      ping: (n) => n,
      count: () => ++count,
      trap: (kind) => {
        if (kind === 100) process.exit(3);
        if (kind === 101) process.exit(0);
        if (kind === 102) process.abort();
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the fault itself
        if (kind === 103) return Promise.reject("no error at all");
        if (kind === 104) {
          setTimeout(() => {
            throw new Error("after its answer");
          }, AFTER_ITS_ANSWER_MS);
          return;
        }
        if (kind === 105) {
          process.on("SIGTERM", () => {});
          return spin();
        }
        if (kind === 106) return new Promise((resolve) => setTimeout(resolve, 1000));
        throw new Error(`trap ${kind}`);
      },
      spin,
      nest: (depth) => {
        if (depth === 0) return spin();
        return depth === ENDLESS_DEPTH ? 0 : host.host.nest(depth - 1);
      },
      take: (text) => text.length,
      text: (length) => "x".repeat(length),
      recurse: () => void recurse(),
      grow: () => 0,
      growTable: () => 0,
      floodHost: async (times) => {
        let n = 0;
        for (let left = times; left > 0; left--) n = await Promise.resolve(host.host.tick(n));
        return n;
      },
      floodOutput: (lines) => {
        for (let line = 0; line < lines; line++) {
          process.stdout.write(`out ${line} ${"x".repeat(60)}\n`);
          process.stderr.write(`err ${line} ${"x".repeat(60)}\n`);
        }
      },
      openFiles: () => 0,
      hang: () => host.host.hang(),
      stir: () => 0,
    },
  };
});

export default definition;
