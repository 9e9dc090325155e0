// `component`: against hand-written glue over the component's core modules, and against what jco makes of the component.
import { createHost } from "@tenon/host";
import { componentDriver } from "@tenon/drivers/component";
import { compileModules, instantiate, planComponent } from "@tenon/wasm";
import { caller } from "../caller.mjs";
import { glue } from "../guests/wasm-glue.mjs";
import { componentGuest, componentParts, freshCopy, HOST, WORK } from "../guests/wasm-guests.mjs";
import { freshModule, jsComponent } from "../guests/js-component.mjs";
import { findPeer } from "../find-peer.mjs";
import { tick, WORKLOADS } from "../workloads.mjs";

export const boundary = "component";
/** Of an artifact whose code the operator answers for; all other rows count the guest's work. */
const FREE = { fuel: 0, trusted: true };

export async function open({ contract }) {
  const bytes = componentGuest(contract);
  const host = createHost({ drivers: [componentDriver] });
  const imports = { host: { tick } };
  let opened = 0;
  const load = (module, more) =>
    host.load(contract, { id: `bench-${opened++}`, boundary: "component", artifact: { module, ...more }, imports });
  const plugin = await load(bytes);
  const unmetered = await load(bytes, FREE);
  const parts = componentParts();
  const modules = await compileParts(parts);
  const raw = rawGuest(modules);
  const jco = await openJco(bytes);
  const plan = planComponent(bytes);
  const compiled = await compileModules(plan, bytes);
  const supplied = new Map([[HOST, { tick }]]);

  const loading = (name, copy, more) => ({
    name,
    role: "tenon",
    call: async () => {
      const fresh = await load(copy(), more);
      checkSum(await fresh.work.add(20, 22));
      return fresh;
    },
    close: (fresh) => fresh.close(),
  });
  const fresh = () => freshCopy(bytes, opened++);
  return {
    contenders(workload) {
      const given = WORKLOADS[workload];
      const { func } = given;
      return [
        {
          name: func === "add" ? "raw export" : "hand-written glue",
          role: "raw",
          sync: true,
          call: caller(raw[func], given),
        },
        { name: "tenon sync", role: "tenon", sync: true, call: caller(plugin.sync.work[func], given) },
        { name: "tenon sync, no fuel", role: "tenon", sync: true, call: caller(unmetered.sync.work[func], given) },
        { name: "tenon", role: "tenon", call: caller(plugin.work[func], given) },
        ...(jco ? [{ name: "jco", role: "peer", sync: true, call: caller(jco.work[func], given) }] : []),
      ];
    },
    coldOpen: () => [
      {
        name: "compile and instantiate",
        role: "raw",
        call: async () => {
          const copies = { memory: freshCopy(parts.memory, opened++), main: freshCopy(parts.main, opened++) };
          checkSum(rawGuest(await compileParts(copies)).add(20, 22));
        },
      },
      loading("tenon", fresh),
      loading("tenon no fuel", fresh, FREE),
      ...(jco
        ? [{ name: "jco", role: "peer", call: async () => checkSum((await jco.open(fresh())).add(20, 22)) }]
        : []),
    ],
    warmOpen: () => [
      { name: "instantiate", role: "raw", call: () => checkSum(rawGuest(modules).add(20, 22)) },
      {
        name: "tenon instantiate",
        role: "tenon",
        call: () => checkSum(instantiate(plan, compiled, supplied).func(WORK, "add")(20, 22)),
      },
      loading("tenon", () => bytes),
      ...(jco ? [{ name: "jco", role: "peer", call: () => checkSum(jco.again().add(20, 22)) }] : []),
    ],
    openLarge: () => openLarge(load, jco),
    close: () => host.close(),
  };
}

/** Only opened: what its functions cost is the engine's matter that it carries. */
async function openLarge(load, jco) {
  const component = await jsComponent();
  if (component === undefined) return [];
  const [{ start, end }] = planComponent(component).modules;
  let opened = 0;
  const fresh = () => freshModule(component, opened++);
  return [
    { name: "compile", role: "raw", call: () => WebAssembly.compile(fresh().subarray(start, end)) },
    { name: "tenon", role: "tenon", call: () => load(fresh()), close: (plugin) => plugin.close() },
    { name: "tenon no fuel", role: "tenon", call: () => load(fresh(), FREE), close: (plugin) => plugin.close() },
    ...(jco ? [{ name: "jco", role: "peer", call: () => jco.open(fresh()) }] : []),
  ];
}

async function compileParts({ memory, main }) {
  return { memory: await WebAssembly.compile(memory), main: await WebAssembly.compile(main) };
}

function rawGuest({ memory, main }) {
  const libc = new WebAssembly.Instance(memory).exports;
  const { exports } = new WebAssembly.Instance(main, { env: libc, [HOST]: { tick } });
  return glue({ memory: libc.memory, realloc: libc.cabi_realloc, exports });
}

function checkSum(sum) {
  if (sum !== 42) throw new Error(`a fresh guest added wrongly: ${sum}`);
}

async function openJco(bytes) {
  const found = await findPeer("@bytecodealliance/jco-transpile");
  if (found === undefined) return undefined;
  const prepare = async (component) => {
    const { files } = await found.transpileBytes(component, { name: "guest", instantiation: "sync" });
    const { instantiate: make } = await import(
      `data:text/javascript;base64,${Buffer.from(files["guest.js"]).toString("base64")}`
    );
    const modules = new Map();
    for (const [name, content] of Object.entries(files))
      if (name.endsWith(".wasm")) modules.set(name, await WebAssembly.compile(content));
    // Its generated code asks for the id without the version, its types name the one with it.
    const imports = { [HOST]: { tick }, [HOST.replace(/@.*/, "")]: { tick } };
    return () => {
      const made = make((name) => modules.get(name), imports);
      return made[WORK] ?? made.work;
    };
  };
  const again = await prepare(bytes);
  return { work: again(), again, open: async (component) => (await prepare(component))() };
}
