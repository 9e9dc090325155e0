// Streams and pollables of wasi:io@0.2 over the streams and files of the core.
import { TenonError } from "@tenon/contract/core";
import type { WasiContext } from "../core/context.ts";
import { Fault } from "../core/fault.ts";
import type { HttpFault } from "../core/network-protocol.ts";
import type { FileNode } from "../core/node.ts";
import type { InputStream, OutputStream } from "../core/streams.ts";
import {
  type ComponentGuest,
  defineInterface,
  type Preview2Interface,
  resource,
  type Result,
} from "./component-guest.ts";
import { ERROR_CODE } from "./error-codes.table.ts";

/** Bytes of one reading or writing; longer ones are served in part, as the interface allows. */
export const MAX_CHUNK: number = 1024 * 1024;
/** What `check-write` permits. */
const WRITE_PERMIT = 65_536n;
/** While an output holds this much, it permits no more. */
const MAX_HELD = 65_536;
/** Node cannot wait for a descriptor without giving up the thread, so input is looked for this often. */
const LOOK_MS = 5;

/** The error code of the interface that a stream came from: each has a function that asks for its own. */
export type StreamCode = { readonly filesystem: string } | { readonly network: string } | { readonly http: HttpFault };

/** The `error` of wasi:io: what went wrong with a stream. */
export class StreamFault {
  readonly filesystem: string | undefined;
  readonly network: string | undefined;
  readonly http: HttpFault | undefined;

  constructor(code: StreamCode) {
    this.filesystem = "filesystem" in code ? code.filesystem : undefined;
    this.network = "network" in code ? code.network : undefined;
    this.http = "http" in code ? code.http : undefined;
  }

  get text(): string {
    return this.filesystem ?? this.network ?? this.http?.tag ?? "";
  }
}

/** Thrown by what a stream reads or writes, for answers that are no fault of a file. */
export class StreamFailure extends Error {
  readonly fault: StreamFault;

  constructor(code: StreamCode) {
    const fault = new StreamFault(code);
    super(fault.text);
    this.fault = fault;
  }
}

export class Pollable {
  readonly isReady: () => boolean;
  /** Milliseconds on the host's clock at which it will be ready; undefined where that is not known. */
  readonly dueMs: number | undefined;

  constructor(isReady: () => boolean, dueMs?: number) {
    this.isReady = isReady;
    this.dueMs = dueMs;
  }
}

/** Waits until one or more of `pollables` are ready and returns their places. */
export function waitFor(context: WasiContext, pollables: readonly Pollable[]): readonly number[] {
  for (;;) {
    // Read before the looking: what happens in between must not be slept over.
    const activity = context.network?.activity;
    const ready = [...pollables.keys()].filter((index) => pollables[index]!.isReady());
    if (ready.length > 0) return ready;
    const dues = pollables.map((pollable) => pollable.dueMs ?? performance.now() + LOOK_MS);
    context.clocks.sleep(Math.max(Math.min(...dues) - performance.now(), 0.01), activity);
  }
}

/** Where an input stream reads. `release` gives back what the stream alone held. */
export class GuestInput {
  readonly read: (into: Uint8Array) => number;
  readonly isReady: () => boolean;

  constructor(read: (into: Uint8Array) => number, isReady: () => boolean) {
    this.read = read;
    this.isReady = isReady;
  }

  static ofStream(stream: InputStream): GuestInput {
    return new GuestInput(
      (into) => stream.read(into),
      () => stream.isReady(),
    );
  }

  static ofFile(file: FileNode, offset: number): GuestInput {
    let at = offset;
    const read = (into: Uint8Array): number => {
      const got = file.read(into, at);
      at += got;
      return got;
    };
    return new GuestInput(read, () => true);
  }
}

export class GuestOutput {
  readonly write: (bytes: Uint8Array) => void;
  /** Bytes that were taken and are not on their way yet; absent for outputs that block until they are. */
  readonly held: () => number;

  constructor(write: (bytes: Uint8Array) => void, held: () => number = () => 0) {
    this.write = write;
    this.held = held;
  }

  static ofStream(stream: OutputStream): GuestOutput {
    return new GuestOutput((bytes) => stream.write(bytes));
  }

  /** From `offset` on, or at the end. */
  static ofFile(file: FileNode, offset: number | "end"): GuestOutput {
    let at = offset;
    return new GuestOutput((bytes) => {
      for (let done = 0; done < bytes.length;) {
        const rest = bytes.subarray(done);
        const written = at === "end" ? file.append(rest) : file.write(rest, at);
        done += written;
        if (at !== "end") at += written;
      }
    });
  }
}

export function ioInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const { context } = guest;
  return {
    "wasi:io/error": defineInterface(guest, {
      error: resource(StreamFault),
      "[method]error.to-debug-string": (self: StreamFault) => self.text,
    }),
    "wasi:io/poll": defineInterface(guest, {
      pollable: resource(Pollable),
      "[method]pollable.ready": (self: Pollable) => self.isReady(),
      "[method]pollable.block": (self: Pollable) => void waitFor(context, [self]),
      poll(pollables: readonly Pollable[]) {
        // The interface says so: an empty list could only wait for ever.
        if (pollables.length === 0) throw trap("poll was called with an empty list");
        return Uint32Array.from(waitFor(context, pollables));
      },
    }),
    "wasi:io/streams": defineInterface(guest, { ...inputMembers(context), ...outputMembers(context) }),
  };
}

function trap(what: string): TenonError {
  return new TenonError("plugin-trap", what);
}

const closed = { tag: "closed" } as const;

function streamCall<T>(act: () => T): Result<T> {
  try {
    return { tag: "ok", val: act() };
  } catch (thrown) {
    const failed = (val: StreamFault): Result<T> => ({ tag: "err", val: { tag: "last-operation-failed", val } });
    if (thrown instanceof StreamFailure) return failed(thrown.fault);
    if (!(thrown instanceof Fault)) throw thrown;
    if (thrown.code === "pipe") return { tag: "err", val: closed };
    return failed(new StreamFault({ filesystem: ERROR_CODE[thrown.code] }));
  }
}

function read(context: WasiContext, input: GuestInput, length: bigint, isBlocking: boolean): Result<Uint8Array> {
  if (length === 0n || (!isBlocking && !input.isReady())) return { tag: "ok", val: new Uint8Array(0) };
  const into = new Uint8Array(Number(length > BigInt(MAX_CHUNK) ? MAX_CHUNK : length));
  const result = streamCall(() => into.subarray(0, input.read(into)));
  if (result.tag === "err") return result;
  context.budget.chargeIo(result.val.length);
  return result.val.length === 0 ? { tag: "err", val: closed } : result;
}

function inputMembers(context: WasiContext) {
  const skip = (self: GuestInput, length: bigint, isBlocking: boolean): Result<bigint> => {
    const result = read(context, self, length, isBlocking);
    return result.tag === "ok" ? { tag: "ok", val: BigInt(result.val.length) } : result;
  };
  return {
    "input-stream": resource(GuestInput),
    "[method]input-stream.read": (self: GuestInput, length: bigint) => read(context, self, length, false),
    "[method]input-stream.blocking-read": (self: GuestInput, length: bigint) => read(context, self, length, true),
    "[method]input-stream.skip": (self: GuestInput, length: bigint) => skip(self, length, false),
    "[method]input-stream.blocking-skip": (self: GuestInput, length: bigint) => skip(self, length, true),
    "[method]input-stream.subscribe": (self: GuestInput) => new Pollable(() => self.isReady()),
  };
}

function outputMembers(context: WasiContext) {
  const write = (self: GuestOutput, bytes: Uint8Array): Result<undefined> =>
    streamCall(() => {
      context.budget.chargeIo(bytes.length);
      self.write(bytes);
      return undefined;
    });
  const zeroes = (self: GuestOutput, length: bigint): Result<undefined> => {
    if (length > WRITE_PERMIT) throw trap("write-zeroes was asked for more than check-write permits");
    return write(self, new Uint8Array(Number(length)));
  };
  const splice = (self: GuestOutput, from: GuestInput, length: bigint, isBlocking: boolean): Result<bigint> => {
    const got = read(context, from, length, isBlocking);
    if (got.tag === "err") return got;
    const written = write(self, got.val);
    return written.tag === "ok" ? { tag: "ok", val: BigInt(got.val.length) } : written;
  };
  const isReady = (self: GuestOutput): boolean => self.held() < MAX_HELD;
  const flush = (self: GuestOutput): Result<undefined> =>
    streamCall(() => {
      for (;;) {
        const activity = context.network?.activity;
        if (self.held() === 0) return undefined;
        context.clocks.sleep(LOOK_MS, activity);
      }
    });
  const writeAndFlush = (self: GuestOutput, bytes: Uint8Array): Result<undefined> => {
    const result = write(self, bytes);
    return result.tag === "ok" ? flush(self) : result;
  };
  return {
    "output-stream": resource(GuestOutput),
    "[method]output-stream.check-write": (self: GuestOutput) => streamCall(() => (isReady(self) ? WRITE_PERMIT : 0n)),
    "[method]output-stream.write": write,
    "[method]output-stream.blocking-write-and-flush": writeAndFlush,
    "[method]output-stream.flush": (): Result<undefined> => ({ tag: "ok", val: undefined }),
    "[method]output-stream.blocking-flush": flush,
    "[method]output-stream.subscribe": (self: GuestOutput) => new Pollable(() => isReady(self)),
    "[method]output-stream.write-zeroes": zeroes,
    "[method]output-stream.blocking-write-zeroes-and-flush": zeroes,
    "[method]output-stream.splice": (self: GuestOutput, from: GuestInput, length: bigint) =>
      splice(self, from, length, false),
    "[method]output-stream.blocking-splice": (self: GuestOutput, from: GuestInput, length: bigint) =>
      splice(self, from, length, true),
  };
}
