// `import`: against the bare call, and against a table of functions behind an async wrapper.
import { createHost } from "@tenon/host";
import { importDriver } from "@tenon/drivers/import";
import { definePlugin } from "@tenon/plugin";
import { tick, work, WORKLOADS } from "../workloads.mjs";

export const boundary = "import";

export async function open({ contract }) {
  const host = createHost({ drivers: [importDriver] });
  const functions = (host) => ({
    work: {
      add: work.add,
      echo: work.echo,
      build: work.build,
      bytes: work.bytes,
      callbacks: (count) => work.callbacksWith(count, host.host.tick),
    },
  });
  const artifact = { module: definePlugin(contract, functions) };
  const imports = { host: { tick } };
  const plugin = await host.load(contract, { id: "bench", boundary: "import", artifact, imports });
  const direct = functions(imports).work;
  const table = new Map(Object.entries(direct));
  const dispatch = async (name, ...args) => table.get(name)(...args);
  let opened = 0;
  return {
    contenders(workload) {
      const { func, args } = WORKLOADS[workload];
      const [a, b] = args;
      const own = plugin.sync.work[func];
      const plain = direct[func];
      const remote = plugin.work[func];
      // Each closure calls its own constant function, as a host's code would; one shared closure would be megamorphic.
      const closures =
        args.length === 2
          ? [() => plain(a, b), () => own(a, b), () => remote(a, b), () => dispatch(func, a, b)]
          : [() => plain(a), () => own(a), () => remote(a), () => dispatch(func, a)];
      return [
        { name: "direct call", role: "raw", sync: true, call: closures[0] },
        { name: "tenon sync", role: "tenon", sync: true, call: closures[1] },
        { name: "tenon", role: "tenon", call: closures[2] },
        { name: "table and async wrapper", role: "peer", call: closures[3] },
      ];
    },
    coldOpen: () => [
      { name: "create the functions", role: "raw", call: () => functions(imports).work.add(1, 2) },
      {
        name: "tenon",
        role: "tenon",
        call: async () => {
          const fresh = await host.load(contract, { id: `cold-${opened++}`, boundary: "import", artifact, imports });
          await fresh.work.add(1, 2);
          return fresh;
        },
        close: (fresh) => fresh.close(),
      },
    ],
    close: () => host.close(),
  };
}
