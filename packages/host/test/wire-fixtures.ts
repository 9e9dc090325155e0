// A small contract and an in-memory byte session for the tests of the wire.
import { PassThrough } from "node:stream";
import { contractFromResolve, resolveWit, type Contract } from "@tenon/contract";
import { DEFAULT_LIMITS, indexFunctions } from "@tenon/host/driver";
import type {
  CallContext,
  CloseReason,
  Dialect,
  FunctionRef,
  HostFunction,
  Limits,
  LogLevel,
  OpenContext,
} from "@tenon/host/driver";
import { ByteSession } from "@tenon/host/wire";

const WIT = `
package test:wire@1.0.0;
interface host { tick: func(n: u32) -> u32; tell: func(text: string, times: option<u8>); }
interface work { add: func(a: s32, b: s32) -> s32; list-all: func(some-names: list<string>) -> list<string>; bytes: func(data: list<u8>) -> list<u8>; nothing: func(); }
world plugin { import host; export work; }
`;

let made: Contract | undefined;

/** Made once, because code is generated for each contract object. */
export function testContract(): Contract {
  if (made !== undefined) return made;
  const { resolve } = resolveWit(WIT);
  return (made = contractFromResolve(resolve, 0));
}

export interface Opened {
  readonly session: ByteSession;
  /** What the plugin prints. */
  readonly stdout: PassThrough;
  /** What the host sent, as it was sent. */
  readonly sent: () => Buffer;
  readonly stdin: PassThrough;
  readonly logs: [LogLevel, string][];
  readonly broken: CloseReason[];
  readonly contract: Contract;
}

export interface OpenOptions {
  readonly limits?: Partial<Limits>;
  readonly hostFunctions?: readonly HostFunction[];
  /** Older contracts that the host speaks as well. */
  readonly dialects?: readonly Dialect[];
  /** Of the stream that the host writes to; a small one makes it wait. */
  readonly highWaterMark?: number;
}

export function openSession(options: OpenOptions = {}): Opened {
  const contract = testContract();
  const stdout = new PassThrough();
  const stdin = new PassThrough({ highWaterMark: options.highWaterMark ?? 1 << 20 });
  const logs: [LogLevel, string][] = [];
  const broken: CloseReason[] = [];
  const chunks: Buffer[] = [];
  if (options.highWaterMark === undefined) stdin.on("data", (chunk: Buffer) => chunks.push(chunk));
  const context: OpenContext = {
    pluginId: "p",
    contract,
    exports: indexFunctions(contract.exports),
    imports: indexFunctions(contract.imports),
    hostFunctions: options.hostFunctions ?? [() => {}, (n) => (n as number) + 1],
    dialects: options.dialects,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    signal: new AbortController().signal,
    output: { write: () => {}, line: (level, text) => void logs.push([level, text]), flush: () => {}, tail: () => [] },
  };
  const session = new ByteSession({
    source: stdout,
    sink: stdin,
    context,
    host: "tenon/test",
    onBroken: (reason) => void broken.push(reason),
  });
  return { session, stdout, stdin, sent: () => Buffer.concat(chunks), logs, broken, contract };
}

export function greeting(contract: Contract, encoding: "frames" | "json-rpc", more: object = {}): string {
  return `${JSON.stringify({ tenon: 1, encoding, contract: contract.digest, ...more })}\n`;
}

/** Lets streams and promises do what is due. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** No deadline, no cancellation. */
export const FREE: CallContext = { deadline: undefined, signal: undefined, trace: undefined };

export function refOf(contract: Contract, path: string): FunctionRef {
  const found = indexFunctions(contract.exports).find((func) => func.path === path);
  if (found === undefined) throw new Error(`no function ${path}`);
  return found;
}
