// The plugin that every driver is put through its cases with: one source for `import`, `worker` and `stdio`.
import process from "node:process";
import { definePlugin, type PluginDefinition } from "@tenon/plugin";
import { plugin, type PluginExports, type PluginImports } from "../generated/conformance.ts";

/** Host functions give values on some boundaries and promises on others; what follows runs at once where it can. */
function after<T>(value: T | PromiseLike<T>, next: (value: T) => T): T {
  const isPromise = typeof value === "object" && value !== null && "then" in value;
  return (isPromise ? value.then(next) : next(value)) as T;
}

/** Enough of a pause for the output of a plugin to be a flood and not a trickle. */
const LINE = "x".repeat(79);

const definition: PluginDefinition<PluginExports, PluginImports> = definePlugin(plugin, ({ host }) => ({
  values: {
    echoBool: (value) => value,
    echoU8: (value) => value,
    echoS8: (value) => value,
    echoU16: (value) => value,
    echoS16: (value) => value,
    echoU32: (value) => value,
    echoS32: (value) => value,
    echoU64: (value) => value,
    echoS64: (value) => value,
    echoF32: (value) => value,
    echoF64: (value) => value,
    echoChar: (value) => value,
    echoString: (value) => value,
    echoBytes: (value) => value,
    echoU32List: (value) => value,
    echoS64List: (value) => value,
    echoF64List: (value) => value,
    echoBoolList: (value) => value,
    echoStringList: (value) => value,
    echoNestedList: (value) => value,
    echoRecordList: (value) => value,
    echoMap: (value) => value,
    echoTuple: (value) => value,
    echoPerson: (value) => value,
    echoScalars: (value) => value,
    echoAwkward: (value) => value,
    echoShape: (value) => value,
    echoColour: (value) => value,
    echoPermissions: (value) => value,
    echoManyFlags: (value) => value,
    echoOption: (value) => value,
    echoOptionRecord: (value) => value,
    echoNestedOption: (value) => value,
    echoResult: (value) => value,
    echoResultOkOnly: (value) => value,
    echoResultErrOnly: (value) => value,
    echoResultEmpty: (value) => value,
    echoDeep: (value) => value,
    echoMany: (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r) => [
      a,
      b,
      c,
      d,
      e,
      f,
      g,
      h,
      i,
      j,
      k,
      l,
      m,
      n,
      o,
      p,
      q,
      r,
    ],
    nothing: () => {},
  },
  calls: {
    fail: (message) => {
      throw new Error(message);
    },
    spin: () => {
      for (;;);
    },
    exit: (code) => {
      process.exit(code);
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms, ms)),
    flood: (lines) => {
      for (let index = 0; index < lines; index++) {
        process.stdout.write(`${LINE}\n`);
        process.stderr.write(`${LINE}\n`);
      }
    },
    lateThrow: () => {
      setTimeout(() => {
        throw new Error("thrown outside of any call");
      }, 0);
    },
    callHost: (n) => host.double(n),
    callHostAsync: (n) => host.doubleLater(n),
    callHostFailing: () => host.broken(),
    reenter: (depth) => (depth === 0 ? 0 : after(host.reenter(depth - 1), (inner) => inner + 1)),
    big: (n) => Uint8Array.from({ length: n }, (_, index) => index % 251),
    waitCancel: async (ms, call) => {
      const isCancelled = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, ms, false);
        call?.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
      host.note(isCancelled ? "cancelled" : "waited");
    },
    logLines: (lines) => {
      for (const line of lines) process.stdout.write(`${line}\n`);
    },
  },
}));

export default definition;
