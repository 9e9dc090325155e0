// A driver and a probe for it -> what the boundary really does about every capability, seen from outside.
import { mkdtempSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { TenonError } from "@tenon/contract";
import {
  createHost,
  traitsFor,
  type AnyDriver,
  type Capability,
  type Enforcement,
  type Host,
  type Limits,
  type Plugin,
} from "@tenon/host";
import {
  decide,
  NO_REQUESTS,
  withoutSandbox,
  type AuditRecord,
  type DecideInput,
  type Decision,
  type Policy,
} from "@tenon/policy";
import { probeContract, type ProbeExports } from "./contract.ts";

export interface MatrixOptions {
  readonly driver: AnyDriver;
  /** The probe's artifact, with the isolation in it. */
  readonly artifact: object;
  /** What is wrong with the probe if this is not there: that it reads a file that it was granted. Default true. */
  readonly readsGranted?: boolean;
  /** How the probe names a file of the granted folder. Default its absolute path. */
  readonly nameOf?: (name: string) => string;
  /** Capabilities that this probe does not try, each with the test that does. */
  readonly elsewhere?: Readonly<Partial<Record<Capability, string>>>;
  /** Default: none. */
  readonly sandboxed?: SandboxAnswer;
  /** The plugin's own folder. */
  readonly folder?: string;
  /** `limits.memoryMiB` while it takes more than that. Default 32. */
  readonly memoryMiB?: number;
}

/** What `decide` is told of sandboxes. */
export type SandboxAnswer = Pick<DecideInput, "sandbox" | "hasSandbox">;

/** Of a loop only this counts. */
export type LoopOptions = Pick<MatrixOptions, "driver" | "artifact" | "folder" | "sandboxed">;

export interface Observed {
  readonly capability: Capability;
  readonly declared: Enforcement;
  readonly observed: Enforcement;
}

const DIGEST = `sha256:${"0".repeat(64)}`;
/** What programs are given all the same: where others are, and how to write. */
const COMMON = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"];
const LEVELS: readonly Enforcement[] = ["enforced", "advisory", "none"];
const MEMORY_MIB = 32;
const BEYOND_MIB = 96;
const DEADLINE_MS = 150;
/** A loop hears of no end, so that waiting for its last words shows nothing. */
const GRACE_MS = 50;
/** Long enough for a loop that only fuel ends, short enough for a test. */
const PATIENCE_MS = 30_000;
const MAX_LINES = 20;
/** A line of every probe's `print`. */
const PRINTED = "x".repeat(79);

/** The policy of the matrix: a folder to read, a coarse clock, one host function, and nothing else. */
export function probeDecision(driver: AnyDriver, artifact: object, sandboxed: SandboxAnswer = {}): Decision {
  const { enforcement, takesSandbox } = traitsFor(driver, artifact);
  const policy: Policy = {
    file: "the matrix",
    scope: "user",
    plugins: [],
    trustedDigests: [DIGEST],
    rules: [
      { at: "rule 0", grant: "requested" },
      { at: "rule 1", deny: { "host-functions": ["host.unlisted"], clock: "precise", random: "secure" } },
    ],
  };
  return decide({
    plugin: "tenon/probe",
    requests: { ...NO_REQUESTS, fs: [{ path: "${project}/**", mode: "r", why: "is granted" }] },
    boundary: driver.boundary,
    trust: "contained",
    ...sandboxed,
    enforcement,
    takesSandbox,
    policies: [policy],
    // Else it would not load where nothing keeps it, which is another test.
    digest: DIGEST,
  });
}

/** Every capability with what is declared and what was seen. `cpu-deadline` is not tried here: a loop may hold the host (`observeLoop`). */
export async function observeCapabilities(
  options: MatrixOptions,
): Promise<{ readonly rows: readonly Observed[]; readonly audit: readonly AuditRecord[] }> {
  const { driver, artifact } = options;
  const decision = probeDecision(driver, artifact, options.sandboxed);
  const declared = traitsFor(driver, artifact).enforcement;
  const enforcement = decision.sandbox === undefined ? withoutSandbox(declared) : declared;
  using place = new Place();
  const listener = await listen();
  const audit: AuditRecord[] = [];
  let lines = 0;
  const open = async (limits: Partial<Limits> = {}): Promise<{ host: Host; plugin: Plugin<ProbeExports> }> => {
    const host = createHost({ drivers: [driver], onAudit: (record) => audit.push(record), onLog: () => lines++ });
    const plugin = await host.load(probeContract, {
      id: "tenon/probe",
      boundary: driver.boundary,
      artifact,
      decision: decision,
      roots: { project: place.granted },
      ...(options.folder !== undefined && { folder: options.folder }),
      imports: { host: { listed: () => 7, unlisted: () => 2 } },
      limits: { maxLogLinesPerSecond: MAX_LINES, ...limits },
      restart: { backoffMs: 1 },
    });
    return { host, plugin };
  };
  const { host, plugin } = await open();
  try {
    const { probe } = plugin.exports;
    const name = options.nameOf ?? ((file) => join(place.granted, file));
    const control = await probe.readFile(name("granted.txt"));
    if ((options.readsGranted ?? true) !== (control === 2))
      throw new Error(`the probe came ${control} far with a file that it was granted`);
    if ((await probe.callListed().catch(() => 7)) !== 7)
      throw new Error("the probe cannot call the host function that it was granted");
    const files = [place.secret, "../outside/secret.txt", name("../outside/secret.txt"), name("link")];
    let reached = 0;
    for (const file of files) reached = Math.max(reached, await probe.readFile(file));
    const port = (listener.address() as AddressInfo).port;
    const seen = new Map<Capability, Enforcement>([
      ["fs", level(reached)],
      ["net", level(await probe.connect(port))],
      ["env", level(await probe.readEnv(hostVariable()))],
      ["clock", level(await probe.readClock())],
      ["subprocess", level(await probe.spawn())],
      ["host-functions", level(await probe.callUnlisted().catch(() => 0))],
    ]);
    const first = await probe.readRandom();
    const other = await open();
    seen.set("random", first === (await other.plugin.exports.probe.readRandom()) ? "enforced" : "none");
    await other.host.close();
    const { memoryMiB = MEMORY_MIB } = options;
    seen.set("memory", await observeMemory(() => open({ memoryMiB }), memoryMiB + BEYOND_MIB));
    lines = 0;
    const past = await printedPast(() => probe.print(MAX_LINES * 50));
    // A second may begin in between, and one line says how many there were.
    seen.set("output-size", past === 0 && lines <= MAX_LINES * 2 + 2 ? "enforced" : "none");
    for (const capability of Object.keys(options.elsewhere ?? {}) as Capability[]) seen.delete(capability);
    const rows = [...seen].map(([capability, observed]) => ({
      capability,
      declared: enforcement[capability],
      observed,
    }));
    return { rows, audit };
  } finally {
    await host.close();
    listener.close();
  }
}

/** Whether a loop ends with its deadline, ends at all, or not. Where it holds the host, this never returns: run it in a process. */
export async function observeLoop({ driver, artifact, folder, sandboxed }: LoopOptions): Promise<Enforcement> {
  const host = createHost({ drivers: [driver] });
  try {
    const plugin = await host.load(probeContract, {
      id: "tenon/probe",
      boundary: driver.boundary,
      artifact,
      ...(folder !== undefined && { folder }),
      ...(sandboxed !== undefined && { decision: probeDecision(driver, artifact, sandboxed) }),
      imports: { host: { listed: () => 7, unlisted: () => 2 } },
      limits: { cancelGraceMs: GRACE_MS, closeGraceMs: GRACE_MS },
    });
    const began = performance.now();
    const code = await plugin.exports.probe.spin({ deadlineMs: DEADLINE_MS }).then(
      () => "returned",
      (thrown: unknown) => TenonError.from(thrown).code,
    );
    const isOnTime = performance.now() - began < DEADLINE_MS + PATIENCE_MS;
    return code === "deadline-exceeded" && isOnTime && traitsFor(driver, artifact).cancellation === "terminate"
      ? "enforced"
      : "advisory";
  } finally {
    await host.close();
  }
}

/** Writes to the host's own output while the plugin prints, which go nowhere for once. */
async function printedPast(print: () => Promise<void>): Promise<number> {
  const { stdout } = process;
  const { write } = stdout;
  let writes = 0;
  // Only the probe's: the test runner of this process reports there as well, whenever it likes.
  stdout.write = (chunk: string | Uint8Array, ...rest: never[]) => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    if (!text.includes(PRINTED)) return write.call(stdout, chunk, ...rest);
    writes++;
    return true;
  };
  try {
    await print().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    return writes;
  } finally {
    stdout.write = write;
  }
}

/** A plugin that was ended for what it took did not get it. */
async function observeMemory(
  open: () => Promise<{ host: Host; plugin: Plugin<ProbeExports> }>,
  mebibytes: number,
): Promise<Enforcement> {
  for (const [beside, observed] of [
    [false, "none"],
    [true, "advisory"],
  ] as const) {
    const { host, plugin } = await open();
    try {
      if ((await plugin.exports.probe.allocate(mebibytes, beside).catch(() => 0)) > 0) return observed;
    } finally {
      await host.close();
    }
  }
  return "enforced";
}

function level(reached: number): Enforcement {
  return LEVELS[reached] ?? "none";
}

/** A variable that this process was started with: what it sets itself later is not shown to others. */
function hostVariable(): string {
  const names = readFileSync("/proc/self/environ", "latin1")
    .split("\0")
    .map((one) => one.split("=", 1)[0]!);
  const found = names.find((one) => one !== "" && !COMMON.includes(one) && process.env[one] !== undefined);
  if (found === undefined)
    throw new Error("this process was started without any variable of its own; run it by npm test");
  return found;
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A probe that does not even load must not keep the test from ending.
  server.unref();
  return server;
}

/** A folder that is granted beside one that is not, with a link from the one to the other. */
class Place implements Disposable {
  readonly granted: string;
  readonly secret: string;
  readonly #root: string;

  constructor() {
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), "tenon-probe-")));
    this.granted = join(this.#root, "granted");
    this.secret = join(this.#root, "outside", "secret.txt");
    for (const folder of ["granted", "outside"]) mkdirSync(join(this.#root, folder));
    for (const file of [this.secret, join(this.granted, "granted.txt")]) writeFileSync(file, "text");
    symlinkSync(this.secret, join(this.granted, "link"));
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
