// What the C ABI refuses, survives and cleans up, with libraries that do wrong on purpose.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { contractFromResolve, resolveWit, TenonError, type Contract } from "@tenon/contract";
import { createHost, traitsFor, type Host, type LogEntry } from "@tenon/host";
import { decide, NO_REQUESTS, type AuditRecord, type Policy } from "@tenon/policy";
import { dylibDriver, type DylibArtifact } from "tenon/dylib";
import { eventually, rejection } from "@tenon/verify";
import { build, COMPILERS, headerOf, lacks, trustOf, type Compiler } from "./native-plugins.ts";

const WIT = `package test:native@0.1.0;
interface host { ask: func(size: u32) -> string; tell: func(text: string) -> u32; }
interface odd {
  record pair { name: string, sizes: list<u32> }
  wild: func(how: u32) -> string;
  long: func(size: u32) -> string;
  pairs: func(count: u32) -> list<pair>;
  echo: func(pairs: list<pair>) -> list<pair>;
  ask: func(size: u32) -> string;
  tell: func(size: u32, times: u32) -> u32;
  from-thread: func() -> u32;
  ignore-failure: func(size: u32) -> string;
  crash: func(how: u32);
  print: func(text: string);
  throws: func(how: u32) -> u32;
}
world plugin { import host; export odd; }`;

const SOURCE = fileURLToPath(new URL("./fixtures/odd.c", import.meta.url));
const ALL: Policy["rules"][number] = { at: "all", grant: "requested" };
const contractOf = (wit: string): Contract => contractFromResolve(resolveWit(wit).resolve, 0);

interface Odd {
  readonly wild: (how: number) => Promise<string>;
  readonly long: (size: number) => Promise<string>;
  readonly pairs: (count: number) => Promise<readonly { readonly name: string; readonly sizes: Uint32Array }[]>;
  readonly echo: (pairs: unknown) => Promise<unknown>;
  readonly ask: (size: number) => Promise<string>;
  readonly tell: (size: number, times: number) => Promise<number>;
  readonly fromThread: () => Promise<number>;
  readonly ignoreFailure: (size: number) => Promise<string>;
  readonly crash: (how: number, options?: object) => Promise<void>;
  readonly print: (text: string) => Promise<void>;
  readonly throws: (how: number) => Promise<number>;
}

interface Opened extends AsyncDisposable {
  readonly odd: Odd;
  readonly host: Host;
  readonly logs: LogEntry[];
}

async function open(compiler: Compiler, isolation: "inline" | "process", more: object = {}): Promise<Opened> {
  const library = oddLibrary(compiler);
  const logs: LogEntry[] = [];
  const host = createHost({ drivers: [dylibDriver], onLog: (entry) => logs.push(entry) });
  const artifact: DylibArtifact = { library, isolation, trusted: trustOf(library) };
  const imports = {
    host: {
      ask: (size: number) => {
        if (size === 13) throw new Error("not thirteen");
        return "\u00fc".repeat(size);
      },
      tell: (text: string) => text.length,
    },
  };
  const plugin = await host.load(contractOf(WIT), {
    id: "odd",
    boundary: "dylib",
    artifact,
    imports,
    restart: { backoffMs: 1 },
    ...more,
  });
  const { odd } = plugin as unknown as { readonly odd: Odd };
  return { odd, host, logs, [Symbol.asyncDispose]: () => host.close() };
}

function oddLibrary(compiler: Compiler): string {
  const folder = fileURLToPath(new URL("../../../node_modules/.cache/tenon/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const wit = join(folder, `native-${process.pid}.wit`);
  writeFileSync(wit, WIT);
  return build(compiler, SOURCE, headerOf(wit, "odd").folder);
}

const [gcc, , gpp] = COMPILERS as readonly [Compiler, Compiler, Compiler];
const skip = lacks(gcc);

describe("dylib, values and memory", { skip }, () => {
  test("a result that points elsewhere is refused, and the plugin goes on", async () => {
    await using opened = await open(gcc, "inline");
    const { odd } = opened;
    for (const how of [0, 1, 2, 3]) {
      const error = await rejection(odd.wild(how), "plugin-trap");
      assert.match(error.what, /leads out of the memory|outside the memory|bytes/, `way ${how}`);
    }
    assert.equal(await odd.wild(9), "tame");
  });

  test("a call that needs more memory than is there gets it, both ways", async () => {
    await using opened = await open(gcc, "inline");
    const { odd } = opened;
    for (const size of [10, 300_000, 5_000_000, 100, 20_000_000, 7]) assert.equal((await odd.long(size)).length, size);
    const pairs = await odd.pairs(20_000);
    assert.equal(pairs.length, 20_000);
    assert.deepEqual(pairs[19_999], { name: "pair 19999", sizes: Uint32Array.of(19_999, 20_000, 20_001) });
    assert.deepEqual(await odd.echo(pairs), pairs);
    assert.deepEqual(await odd.echo([]), []);
  });

  test("a host function's result that does not fit beside its arguments is there all the same", async () => {
    await using opened = await open(gcc, "inline");
    const { odd } = opened;
    for (const size of [1, 200_000, 3, 1_000_000])
      assert.equal(await odd.ask(size), `${size}: ${"\u00fc".repeat(size)}`);
  });

  test("a text of the plugin's own is copied for the host, and what a call of it took is free again", async () => {
    await using opened = await open(gcc, "inline");
    // In all this is more than a call may have at once.
    assert.equal(await opened.odd.tell(1_000_000, 400), 400_000_000);
    assert.equal(await opened.odd.tell(10, 3), 30);
  });

  test("a call cannot have more than its limit", async () => {
    await using opened = await open(gcc, "inline", { limits: { maxMessageBytes: 100_000 } });
    const error = await rejection(opened.odd.long(3_000_000), "resource-exhausted");
    assert.match(error.what, /memory/);
    assert.equal((await opened.odd.long(50_000)).length, 50_000);
  });

  test("host functions and memory are for the host's thread only", async () => {
    await using opened = await open(gcc, "inline");
    assert.equal(await opened.odd.fromThread(), 3, "allocation and host function were refused on the other thread");
  });

  test("a host function's error reaches the caller even if the plugin goes on as if nothing had been", async () => {
    await using opened = await open(gcc, "inline");
    const error = await rejection(opened.odd.ignoreFailure(13), "host-function-failed");
    assert.match(error.what, /not thirteen/);
    assert.equal(await opened.odd.ignoreFailure(2), "\u00fc\u00fc");
  });
});

describe("dylib in a process", { skip }, () => {
  for (const [how, words] of [
    [0, /SIGSEGV/],
    [1, /SIGABRT/],
    [2, /code 7/],
  ] as const) {
    test(`a crash of kind ${how} is plugin-crashed, and the next call finds a new plugin`, async () => {
      await using opened = await open(gcc, "process");
      const error = await rejection(opened.odd.crash(how), "plugin-crashed");
      assert.match(error.what, words);
      assert.equal(error.sideEffects, "unknown");
      assert.equal(await opened.odd.wild(9), "tame");
    });
  }

  test("a deadline is a kill", async () => {
    await using opened = await open(gcc, "process", { limits: { cancelGraceMs: 20 } });
    const began = performance.now();
    await rejection(opened.odd.crash(3, { deadlineMs: 100 }), "deadline-exceeded");
    // A call that comes before the kill goes down with the process.
    const answer = await opened.odd.wild(9).catch(() => opened.odd.wild(9));
    assert.equal(answer, "tame");
    assert.ok(performance.now() - began < 20_000);
  });

  test("what it prints is its output, not its protocol", async () => {
    await using opened = await open(gcc, "process");
    await opened.odd.print("to the standard output");
    assert.equal((await opened.odd.long(100_000)).length, 100_000);
    await eventually("the line is there", () => opened.logs.some(({ text }) => text === "to the standard output"));
  });
});

describe("dylib, trust and contracts", { skip }, () => {
  const load = async (artifact: DylibArtifact, wit = WIT): Promise<TenonError> => {
    const host = createHost({ drivers: [dylibDriver] });
    const imports = { host: { ask: () => "", tell: () => 0 } } as never;
    try {
      await host.load(contractOf(wit), { id: "odd", boundary: "dylib", artifact, imports });
    } catch (thrown) {
      assert.ok(thrown instanceof TenonError);
      return thrown;
    }
    return assert.fail("the library was loaded");
  };

  test("native code runs inline only for the very digest that policy trusts", async () => {
    const library = oddLibrary(gcc);
    const error = await load({ library, isolation: "inline" });
    assert.equal(error.code, "capability-unenforceable");
    assert.ok(error.message.includes(trustOf(library)), "it says what to trust");
    const other = await load({ library, isolation: "inline", trusted: `sha256:${"0".repeat(64)}` });
    assert.equal(other.code, "capability-unenforceable");
  });

  test("where policy has decided, its own trust.full counts and the artifact's word does not", async () => {
    const library = oddLibrary(gcc);
    const artifact: DylibArtifact = { library, isolation: "inline", trusted: trustOf(library) };
    const loads = async (full: readonly string[], own: { digest?: string; folder?: string } = {}) => {
      const policy: Policy = { file: "p", scope: "user", plugins: [], rules: [ALL], trustedDigests: full };
      const audit: AuditRecord[] = [];
      const host = createHost({ drivers: [dylibDriver], onAudit: (record) => audit.push(record) });
      const decision = decide({
        plugin: "odd",
        requests: NO_REQUESTS,
        boundary: "dylib",
        trust: "trusted",
        enforcement: traitsFor(dylibDriver, artifact).enforcement,
        policies: [policy],
        digest: own.digest,
      });
      const imports = { host: { ask: () => "", tell: () => 0 } } as never;
      const { folder } = own;
      const loading = host.load(contractOf(WIT), { id: "odd", boundary: "dylib", artifact, imports, decision, folder });
      const code = await loading.then(
        () => "loaded",
        (error: TenonError) => error.code,
      );
      await host.close();
      return { code, load: audit.filter(({ capability }) => capability === "load").map((one) => one.decision) };
    };
    const folderDigest = `sha256:${"1".repeat(64)}`;
    assert.deepEqual(await loads([]), { code: "capability-unenforceable", load: ["denied"] });
    assert.deepEqual(await loads([trustOf(library)]), { code: "loaded", load: ["allowed"] });
    const inFolder = { digest: folderDigest, folder: dirname(library) };
    assert.deepEqual(await loads([folderDigest], inFolder), { code: "loaded", load: ["allowed"] });
    const outside = { digest: folderDigest, folder: import.meta.dirname };
    assert.deepEqual(await loads([folderDigest], outside), { code: "capability-unenforceable", load: ["denied"] });
  });

  for (const isolation of ["inline", "process"] as const) {
    test(`a library of another contract is refused with both digests and what differs, ${isolation}`, async () => {
      const library = oddLibrary(gcc);
      const changed = WIT.replace("long: func(size: u32)", "long: func(size: u64)");
      const error = await load({ library, isolation, trusted: trustOf(library) }, changed);
      assert.equal(error.code, "contract-mismatch");
      assert.ok(error.what.includes(contractOf(WIT).digest), "the library's digest");
      assert.ok(error.what.includes(contractOf(changed).digest), "the host's digest");
      assert.match(error.what, /exports: test:native\/odd@0\.1\.0 is i:sha256:\w{12} there and i:sha256:\w{12} here/);
      assert.doesNotMatch(error.what, /imports:/, "the imports are the same");
    });
  }

  test("what is no library, or none of ours, is artifact-invalid", async () => {
    const text = Buffer.from("not a library");
    const trusted = (bytes: Uint8Array): string => {
      const path = join(
        fileURLToPath(new URL("../../../node_modules/.cache/tenon/", import.meta.url)),
        "not-a-library",
      );
      writeFileSync(path, bytes);
      return trustOf(path);
    };
    const broken = await load({ library: text, isolation: "inline", trusted: trusted(text) });
    assert.equal(broken.code, "artifact-invalid");
    const libc = spawnSync(gcc.program, ["-print-file-name=libm.so.6"], { encoding: "utf8" }).stdout.trim();
    const foreign = await load({ library: libc, isolation: "inline", trusted: trustOf(libc) });
    assert.equal(foreign.code, "artifact-invalid");
    assert.match(foreign.what, /tenon_contract_v1/);
    assert.equal((await load({ library: "/nowhere/plugin.so" })).code, "file-missing");
  });

  test("half a library ends in an error, wherever it is cut", async () => {
    const whole = readFileSync(oddLibrary(gcc));
    for (const part of [0, 10, 64, 4096]) {
      const error = await load({ library: new Uint8Array(whole.subarray(0, part)) });
      assert.match(error.code, /artifact-invalid|start-failed/);
    }
  });
});

test("a host that must not generate code is refused inline, and runs the library in a process", { skip }, () => {
  const library = oddLibrary(gcc);
  const program = `
    import { contractFromResolve, createHost, resolveWit } from "tenon";
    import { dylibDriver } from "tenon/dylib";
    const contract = contractFromResolve(resolveWit(${JSON.stringify(WIT)}).resolve, 0);
    const host = createHost({ drivers: [dylibDriver] });
    const imports = { host: { ask: () => "", tell: () => 0 } };
    for (const more of [{}, ${JSON.stringify({ isolation: "inline", trusted: trustOf(library) })}]) {
      const artifact = { library: ${JSON.stringify(library)}, ...more };
      await host.load(contract, { id: "odd" + Object.keys(more).length, boundary: "dylib", artifact, imports }).then(
        async (plugin) => console.log((await plugin.odd.long(3)).length),
        ({ code }) => console.log(code),
      );
    }
    await host.close();`;
  const args = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(stdout, "3\nboundary-unsupported\n", stderr);
});

describe("dylib in C++", { skip: lacks(gpp) }, () => {
  test("exceptions end at the edge, with their words", async () => {
    await using opened = await open(gpp, "inline");
    const { odd } = opened;
    assert.match((await rejection(odd.throws(0), "plugin-trap")).what, /thrown on purpose/);
    assert.match((await rejection(odd.throws(1), "plugin-trap")).what, /something unknown/);
    assert.match((await rejection(odd.throws(13), "host-function-failed")).what, /not thirteen/);
    assert.equal(await odd.throws(2), 2);
  });
});

describe("the example of sdks/c", { skip }, () => {
  test("is built by its Makefile, and counts", async () => {
    const example = fileURLToPath(new URL("../../../sdks/c/example/", import.meta.url));
    const cli = fileURLToPath(new URL("../../cli/bin/tenon.js", import.meta.url));
    const out = mkdtempSync(join(tmpdir(), "tenon-sdk-c-"));
    try {
      const made = spawnSync("make", ["-C", example, `OUT=${out}`, `TENON=${process.execPath} ${cli}`], {
        encoding: "utf8",
      });
      assert.equal(made.status, 0, made.stderr);
      const contract = contractOf(readFileSync(join(example, "wordcount.wit"), "utf8"));
      await using host = createHost({ drivers: [dylibDriver] });
      const plugin = await host.load(contract, {
        id: "wordcount",
        boundary: "dylib",
        artifact: { library: join(out, "wordcount.so") },
        imports: { words: { isCommon: (word: string) => word === "the" } },
      });
      assert.deepEqual(
        await plugin.invoke("counter.count", ["the tenon fits the mortise and the tenon holds", "by-times"]),
        {
          tag: "ok",
          val: [
            { word: "tenon", times: 2 },
            { word: "and", times: 1 },
            { word: "fits", times: 1 },
            { word: "holds", times: 1 },
            { word: "mortise", times: 1 },
          ],
        },
      );
      assert.deepEqual(await plugin.invoke("counter.count", [" the ", "by-word"]), {
        tag: "err",
        val: "there are no words",
      });
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});
