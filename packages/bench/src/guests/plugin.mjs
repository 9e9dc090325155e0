// The measured plugin for tenon's import, worker and stdio boundaries: the same functions as every other contender's.
import { definePlugin } from "@tenon/plugin";
import { plugin as contract } from "../generated/plugin.js";
import { work } from "../workloads.mjs";

export const definition = definePlugin(contract, (host) => ({
  work: {
    add: work.add,
    echo: work.echo,
    build: work.build,
    bytes: work.bytes,
    callbacks: (count) => {
      // A promise on boundaries that cannot wait.
      const tick = /** @type {(n: number) => any} */ (host.host.tick);
      const first = count > 0 ? tick(0) : 0;
      if (typeof first === "number") {
        let n = first;
        for (let i = 1; i < count; i++) n = tick(n);
        return n;
      }
      return (async () => {
        let n = await first;
        for (let i = 1; i < count; i++) n = await tick(n);
        return n;
      })();
    },
  },
}));
export default definition;
