// The driver port: what the core needs from the code for one boundary. Three required methods in all; the rest is data.
import type { Contract, ContractFunction, ContractInterface } from "@tenon/contract/core";
import type { AuditRecord, Capability, Enforcement, Grants, SandboxNeeds, Verdict } from "@tenon/policy";

export { patientTimeout } from "./patient-timeout.ts";
export { CAPABILITIES, type Capability, type Enforcement } from "@tenon/policy";
export {
  chooseContract,
  contractMismatch,
  findContract,
  offersOf,
  readStamp,
  speaking,
  type Stamp,
} from "./dialect.ts";

/** One function of a contract with the names by which every layer refers to it. */
export interface FunctionRef {
  /** Position in the canonical order of its side (`indexFunctions`), the same on both ends of equal digests. */
  readonly index: number;
  /** `builder.build`, or `build` for a function of the world itself; methods read `values.[method]counter.bump`. */
  readonly path: string;
  readonly interface: ContractInterface;
  readonly function: ContractFunction;
}

/**
 * How values of asynchronous calls cross: `native` passes JavaScript values as they are; `structured-clone` passes clones;
 * `memory` copies through a shared or linear memory; `bytes` is a byte stream.
 * What copies or encodes values checks them in the same pass; nothing checks `native` unless `validate` is on, because
 * there the compiler has.
 */
export type Encoding = "native" | "structured-clone" | "memory" | "bytes";

/** The strongest thing that stands between the plugin's faults and the host. */
export type Isolation = "none" | "thread" | "sandbox" | "process" | "machine";

/** The word by which policy says where a sandboxed guest runs: on the host's thread, on one of its own, in a process. */
export type IsolationChoice = "inline" | "worker" | "process";

/** A driver as data: the core reads this and never tests a driver's name. docs/boundaries.md is generated from it. */
export interface DriverTraits {
  readonly encoding: Encoding;
  readonly isolation: Isolation;
  /** Whether sessions have `bindSync`. */
  readonly syncCalls: boolean;
  /** Whether plugins can call host functions; where they cannot, the imports of a contract are simply never called. */
  readonly hostCallbacks: boolean;
  /** Whether handles of resources cross. A contract with what a boundary does not carry is refused when it is registered. */
  readonly resources: boolean;
  /** Whether streams and futures cross. */
  readonly streams: boolean;
  /** `terminate`: a call that ignores its cancellation is ended with its session; `cooperative`: nothing can end it. */
  readonly cancellation: "terminate" | "cooperative";
  /** Whether a lost session can be opened again by the supervisor. */
  readonly restartable: boolean;
  /** What it does; `sandbox` where it leaves that to the operating system, for plugins whose decision has a sandbox. */
  readonly enforcement: Readonly<Record<Capability, Enforcement>>;
  /** Whether its plugins are processes that a sandbox of the operating system can be put around. Default false. */
  readonly takesSandbox?: boolean;
}

/** Limits of one plugin; every number has a default in `DEFAULT_LIMITS`. */
export interface Limits {
  /** From `open` to ready. */
  readonly startMs: number;
  /** For a call without its own `deadlineMs`; 0 means none. */
  readonly callMs: number;
  /** From the cancellation of a call until a session with `cancellation: "terminate"` is ended. */
  readonly cancelGraceMs: number;
  /** From the polite request to end until the forced end. */
  readonly closeGraceMs: number;
  /** Largest frame, and largest total of one call's decoded values. */
  readonly maxMessageBytes: number;
  /** Calls in flight or waiting for a start; more are refused with `resource-exhausted`. */
  readonly maxPendingCalls: number;
  /** Captured output: bytes a line may have, and lines kept per second. */
  readonly maxLogLineBytes: number;
  readonly maxLogLinesPerSecond: number;
  /** JavaScript heap or child memory where the boundary can cap it, in MiB; 0 means the runtime's default. */
  readonly memoryMiB: number;
}

export const DEFAULT_LIMITS: Limits = {
  startMs: 10_000,
  callMs: 30_000,
  cancelGraceMs: 100,
  closeGraceMs: 2_000,
  // 128 MiB is what wasmtime allows for guest-to-host copies per call.
  maxMessageBytes: 128 * 1024 * 1024,
  maxPendingCalls: 10_000,
  maxLogLineBytes: 8 * 1024,
  maxLogLinesPerSecond: 1_000,
  memoryMiB: 0,
};

/** One host function, ready to be called by a driver on the plugin's behalf. May return a promise; may throw anything. */
export type HostFunction = (...args: readonly unknown[]) => unknown;

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export type LogStream = "stdout" | "stderr" | "log";

/** Where a driver puts what the plugin prints; cutting into lines, capping and cleaning happen behind it. */
export interface OutputSink {
  write(stream: LogStream, bytes: Uint8Array): void;
  line(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Emits what stands without a newline; for the end of the output. */
  flush(): void;
  /** The newest lines, oldest first: the notes of a failed start or a crash. */
  tail(): readonly string[];
}

/** What policy leaves of the plugin's requests; a driver gives it no more, whatever the artifact says. */
export interface Granted {
  readonly grants: Grants;
  /** Folders of the host, absolute, by the names that paths of grants begin with (`${project}`). A root that is not there is not given. */
  readonly roots: Readonly<Record<string, string>>;
  /** Whether the operator trusts the plugin's whole folder in full, and all digests that are trusted so. */
  readonly isTrustedInFull: boolean;
  readonly trustedDigests: readonly string[];
  /** The sandbox of the operating system that the plugin has to run in; undefined for none. */
  readonly sandbox: SandboxNeeds | undefined;
  /** Writes one line of the audit log. `argument` has no value of a variable in it. */
  readonly audit: (capability: AuditRecord["capability"], argument: string, verdict: Verdict) => void;
}

/** One contract that the host can speak with a plugin, and what a session needs for it. */
export interface Dialect {
  readonly contract: Contract;
  /** Canonical order; `index` is the position in the array. */
  readonly exports: readonly FunctionRef[];
  readonly imports: readonly FunctionRef[];
  /** Parallel to `imports`; complete, because load fails when one is missing. */
  readonly hostFunctions: readonly HostFunction[];
}

/** What a plugin is opened with. The dialect that stands in it is the host's own contract. */
export interface OpenContext extends Dialect {
  readonly pluginId: string;
  /** The plugin's own folder, absolute, for relative paths in the artifact; undefined where the host named none. */
  readonly folder?: string | undefined;
  /**
   * Older contracts that the host can speak as well, the preferred ones first. A driver asks the artifact which it was
   * built for (`chooseContract`), opens it with that one (`speaking`) and says so in `Session.contract`.
   */
  readonly dialects?: readonly Dialect[] | undefined;
  readonly limits: Limits;
  /** Undefined where no policy was asked: then the artifact is the host author's own, and is taken at its word. */
  readonly granted?: Granted | undefined;
  /** Aborted when the start deadline passes or the plugin is closed while it starts; `open` must then free everything. */
  readonly signal: AbortSignal;
  readonly output: OutputSink;
}

export interface CallContext {
  /** Absolute, on the clock of `performance.now()`, in milliseconds; undefined means none. */
  readonly deadline: number | undefined;
  /** Aborted on cancellation and on the deadline; undefined when neither can happen. Made at the first read. */
  readonly signal: AbortSignal | undefined;
  /** As listening to `signal` once, without making one, which takes Node 20 longer than a whole call. Absent as `signal` is. */
  readonly onCancel?: ((listener: () => void) => void) | undefined;
  /** W3C traceparent of the caller, passed along where the boundary can. */
  readonly trace: string | undefined;
  /**
   * Whether it comes from a host function that the plugin is waiting for, so that it must not wait for that one's end.
   * Where nobody knows it is absent, and every call made while the plugin calls the host is taken for one.
   */
  readonly isNested?: boolean | undefined;
}

/** Why a session ended. `closed` is by request; everything else is a crash. */
export interface CloseReason {
  readonly kind: "closed" | "crashed" | "protocol";
  /** One sentence: `exited with code 3`, `killed by SIGSEGV`. */
  readonly what: string;
  /** Stderr tail and the like. */
  readonly notes?: readonly string[];
  /** It was ended for using more of something than its limits let it: calls reject with `resource-exhausted`. */
  readonly isExhausted?: boolean;
}

export interface Session {
  /** What the plugin speaks: the context's own contract, or one of its dialects. Set by the time that `open` resolves. */
  readonly contract: Contract;
  /**
   * Starts one call. Returns the value, or a promise of it. Throws or rejects with a TenonError for everything but the
   * plugin's own `result` errors, which are values. After a lost session all pending calls reject, each once.
   */
  call(func: FunctionRef, args: readonly unknown[], context: CallContext): unknown;
  /** Ends the session: politely first, by force after `closeGraceMs`. Idempotent; resolves when nothing is left behind. */
  close(): Promise<void>;
  /** Resolves once, however the session ends. Never rejects. */
  readonly closed: Promise<CloseReason>;
  /** Ends it at once, for a call that ignored its cancellation. Absent where `cancellation` is `cooperative`. */
  terminate?(why: string): void;
  /** The synchronous form of one function; for `native` encodings the function itself. Absent unless `syncCalls`. */
  bindSync?(func: FunctionRef): (...args: unknown[]) => unknown;
}

/** The code for one boundary. `Artifact` is the JSON-like description of the plugin's bytes that this boundary needs. */
export interface Driver<Artifact = never> {
  /** The boundary's name, as policy and manifests write it. */
  readonly boundary: string;
  readonly traits: DriverTraits;
  /**
   * Of a driver that can run a plugin in more than one place: what each of them does. `artifact.isolation` chooses;
   * `traits` are those of an artifact that does not say.
   */
  readonly isolations?: Readonly<Partial<Record<IsolationChoice, DriverTraits>>>;
  /**
   * Of a driver whose artifact may name a plugin that runs already in place of one to start: what is true there, by the member
   * of the artifact that names it, such as `target`.
   */
  readonly elsewhere?: Readonly<Record<string, DriverTraits>>;
  /**
   * Opens one plugin instance and checks that it speaks `context.contract` before it resolves.
   * Rejects with start-failed, handshake-failed, artifact-invalid, file-missing, contract-mismatch or function-missing.
   */
  open(artifact: Artifact, context: OpenContext): Promise<Session>;
}

/** Any driver, for lists of them; each checks its own artifact when it opens one. */
export type AnyDriver = Driver<never>;

/**
 * The functions of one side in canonical order: by interface id, then by function name, so that both ends of an equal
 * digest number them alike whatever order their WIT files had.
 */
export function indexFunctions(interfaces: readonly ContractInterface[]): readonly FunctionRef[] {
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...interfaces]
    .sort((a, b) => byText(a.id, b.id))
    .flatMap((owner) => [...owner.functions].sort((a, b) => byText(a.name, b.name)).map((func) => ({ owner, func })))
    .map(({ owner, func }, index) => ({ index, path: functionPath(owner, func), interface: owner, function: func }));
}

/** `builder.build`: the name of a function in errors, traces, JSON-RPC and on the command line. */
export function functionPath(owner: ContractInterface, func: ContractFunction): string {
  return owner.key === "" ? func.name : `${owner.key}.${func.name}`;
}
