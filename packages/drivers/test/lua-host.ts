// A script -> a plugin behind the `lua` boundary, with a small contract that the tests of it share.
import { luaDriver, type LuaArtifact } from "@tenon/drivers/lua";
import { contractFromResolve, resolveWit, type Contract } from "@tenon/contract";
import { createHost, type AnyDriver, type Limits, type LogEntry } from "@tenon/host";

const WIT = `
package demo:script@0.1.0;

interface host {
  double: func(n: u32) -> u32;
  later: func(n: u32) -> u32;
  broken: func() -> u32;
  broken-later: func() -> u32;
  wrong: func() -> u32;
  store: func(value: string);
  /// More parameters than a C function of Lua's has slots for; gives how many were there.
  many: func(
    a: option<u8>, b: option<u8>, c: option<u8>, d: option<u8>, e: option<u8>, f: option<u8>, g: option<u8>, h: option<u8>,
    i: option<u8>, j: option<u8>, k: option<u8>, l: option<u8>, m: option<u8>, n: option<u8>, o: option<u8>, p: option<u8>,
    q: option<u8>, r: option<u8>, s: option<u8>, t: option<u8>, u: option<u8>, v: option<u8>, w: option<u8>, x: option<u8>,
    y: option<u8>, z: option<u8>, a1: option<u8>, b1: option<u8>, c1: option<u8>, d1: option<u8>, e1: option<u8>, f1: option<u8>,
  ) -> u32;
}

interface script {
  record thing { name: string, size: option<u64>, extra-tags: list<option<string>> }
  variant choice { none, one(thing), many(list<thing>) }
  /// Runs whatever the script under test does.
  run: func(n: u32) -> string;
  item: func(value: thing) -> thing;
  part: func(value: choice) -> choice;
  wide: func(value: u64) -> u64;
  by-name: func(value: map<string, option<u32>>) -> map<string, option<u32>>;
  outcome: func(fails: bool) -> result<u32, string>;
}

world plugin { import host; export script; }
`;

export const contract: Contract = contractFromResolve(resolveWit(WIT).resolve, 0);

interface ScriptFunctions {
  run(n: number, options?: object): Promise<string>;
  item(value: unknown): Promise<unknown>;
  part(value: unknown): Promise<unknown>;
  wide(value: unknown): Promise<unknown>;
  byName(value: unknown): Promise<unknown>;
  outcome(fails: boolean): Promise<unknown>;
}

export interface Loaded extends AsyncDisposable {
  readonly script: ScriptFunctions;
  readonly sync: { run(n: number): string };
  readonly logs: readonly LogEntry[];
  readonly stored: readonly string[];
}

/** `body` is what `run(n)` does; a whole script has `return {` at the start of a line. */
export async function load(
  body: string,
  options: {
    artifact?: LuaArtifact;
    limits?: Partial<Limits>;
    driver?: AnyDriver;
    later?: (n: number, plugin: Loaded) => unknown;
  } = {},
): Promise<Loaded> {
  const logs: LogEntry[] = [];
  const stored: string[] = [];
  const host = createHost({ drivers: [options.driver ?? luaDriver], onLog: (entry) => logs.push(entry) });
  const plugin = await host
    .load(contract, {
      id: "script",
      boundary: "lua",
      artifact: {
        ...(options.artifact?.script === undefined && { source: whole(body) }),
        name: "test.lua",
        ...options.artifact,
      },
      ...(options.limits && { limits: options.limits }),
      imports: {
        host: {
          double: (n: number) => n * 2,
          later: (n: number) =>
            options.later?.(n, loaded) ?? new Promise<number>((resolve) => setTimeout(resolve, 2, n * 2)),
          broken: () => {
            throw new Error("broken on purpose");
          },
          brokenLater: async () => {
            throw new Error("broken later");
          },
          many: (...given: unknown[]) => given.filter((one) => one !== undefined).length,
          wrong: () => "no number",
          store: (text: string) => void stored.push(text),
        },
      },
    })
    .catch(async (error: unknown) => {
      await host.close();
      throw error;
    });
  const loaded: Loaded = {
    script: (plugin as unknown as { script: ScriptFunctions }).script,
    get sync() {
      return (plugin.sync as unknown as { script: Loaded["sync"] }).script;
    },
    logs,
    stored,
    [Symbol.asyncDispose]: () => host.close(),
  };
  return loaded;
}

function whole(body: string): string {
  if (/^return \{/m.test(body)) return body;
  return `local function same(value) return value end
return { script = {
  item = same, part = same, wide = same, by_name = same,
  outcome = function(fails) if fails then return err("no") end return ok(1) end,
  run = function(n) ${body} end,
} }`;
}
