// Bodies of wasi:http/types@0.2: bytes that come in with trailers behind them, and bytes that go out.
import type { WasiContext } from "../core/context.ts";
import { fault } from "../core/fault.ts";
import type { HttpFault, HttpFields } from "../core/network-protocol.ts";
import { type Member, resource, type Result } from "./component-guest.ts";
import { Fields } from "./http-fields.ts";
import { GuestInput, GuestOutput, Pollable, StreamFailure } from "./streams.ts";

/** Where a body comes from. */
export interface BodySource {
  /** Bytes read, 0 at the end, undefined while there is nothing yet. Throws StreamFailure. */
  read(into: Uint8Array): number | undefined;
  isReady(): boolean;
  /** Undefined until the whole body has come in; what of it nobody read is dropped. */
  trailers(): { readonly fault: HttpFault } | { readonly trailers: HttpFields } | undefined;
  close(): void;
}

/** Where a body goes to. */
export interface BodySink {
  write(bytes: Uint8Array): void;
  held(): number;
  finish(trailers: HttpFields): HttpFault | undefined;
  /** The body will never be whole. */
  abort(): void;
}

/** The network thread wakes whoever waits; this is for what it might miss. */
const WAIT_MS = 50;

export class IncomingBody {
  readonly #source: BodySource;
  readonly #context: WasiContext;
  #isTaken = false;
  isFinished = false;

  constructor(source: BodySource, context: WasiContext) {
    this.#source = source;
    this.#context = context;
  }

  stream(): Result<GuestInput> {
    if (this.#isTaken) return { tag: "err", val: undefined };
    this.#isTaken = true;
    const isReady = (): boolean => this.isFinished || this.#source.isReady();
    return { tag: "ok", val: new GuestInput((into) => this.#read(into), isReady) };
  }

  finish(): FutureTrailers {
    this.isFinished = true;
    return new FutureTrailers(this.#source);
  }

  [Symbol.dispose](): void {
    if (!this.isFinished) this.#source.close();
    this.isFinished = true;
  }

  #read(into: Uint8Array): number {
    for (;;) {
      if (this.isFinished) throw fault("pipe");
      const activity = this.#context.network?.activity;
      const read = this.#source.read(into);
      if (read !== undefined) return read;
      this.#context.clocks.sleep(WAIT_MS, activity);
    }
  }
}

export class FutureTrailers {
  readonly source: BodySource;
  isTaken = false;

  constructor(source: BodySource) {
    this.source = source;
  }

  [Symbol.dispose](): void {
    this.source.close();
  }
}

export class OutgoingBody {
  readonly #length: number | undefined;
  readonly #maxBytes: number;
  #sink: BodySink | undefined;
  /** What was written before there was anywhere to send it. */
  readonly #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #written = 0;
  #trailers: HttpFields | undefined;
  #isTaken = false;
  #isAborted = false;

  /** `headers` may say how long it will be; then it has to be. */
  constructor(headers: Fields, maxBytes: number) {
    const [length] = headers.values("content-length");
    this.#length = length === undefined ? undefined : Number(length);
    this.#maxBytes = maxBytes;
  }

  stream(): Result<GuestOutput> {
    if (this.#isTaken) return { tag: "err", val: undefined };
    this.#isTaken = true;
    return {
      tag: "ok",
      val: new GuestOutput(
        (bytes) => this.#write(bytes),
        () => this.#held(),
      ),
    };
  }

  attach(sink: BodySink): HttpFault | undefined {
    this.#sink = sink;
    for (const bytes of this.#early.splice(0)) sink.write(bytes);
    this.#earlyBytes = 0;
    if (this.#isAborted) sink.abort();
    return this.#trailers === undefined ? undefined : sink.finish(this.#trailers);
  }

  finish(trailers: Fields | undefined): Result<undefined> {
    const isShort = this.#length !== undefined && this.#written !== this.#length;
    if (isShort || (trailers !== undefined && this.#length !== undefined)) {
      this[Symbol.dispose]();
      // Trailers follow chunks, and there are none in a body whose length is told.
      return isShort ? sizeFault(this.#written) : { tag: "err", val: { tag: "HTTP-protocol-error" } };
    }
    this.#trailers = trailers?.entries ?? [];
    const problem = this.#sink?.finish(this.#trailers);
    return problem === undefined ? { tag: "ok", val: undefined } : { tag: "err", val: problem };
  }

  [Symbol.dispose](): void {
    if (this.#trailers !== undefined) return;
    this.#isAborted = true;
    this.#sink?.abort();
  }

  #held(): number {
    if (this.#sink !== undefined) return this.#sink.held();
    // There is room for a small body before the request is sent; flushing it waits for nothing.
    return this.#earlyBytes >= MAX_EARLY ? this.#earlyBytes : 0;
  }

  #write(bytes: Uint8Array): void {
    if (this.#trailers !== undefined || this.#isAborted) throw fault("pipe");
    this.#written += bytes.length;
    if (this.#written > Math.min(this.#length ?? this.#maxBytes, this.#maxBytes)) {
      throw new StreamFailure({ http: { tag: "HTTP-request-body-size", val: BigInt(this.#written) } });
    }
    if (this.#sink !== undefined) this.#sink.write(bytes);
    else {
      this.#early.push(bytes.slice());
      this.#earlyBytes += bytes.length;
      if (this.#earlyBytes > 2 * MAX_EARLY) throw fault("nomem");
    }
  }
}

const MAX_EARLY = 65_536;

function sizeFault(bytes: number): Result<never> {
  return { tag: "err", val: { tag: "HTTP-request-body-size", val: BigInt(bytes) } };
}

export function bodyMembers(): Readonly<Record<string, Member>> {
  return {
    "incoming-body": resource(IncomingBody),
    "[method]incoming-body.stream": (self: IncomingBody) => self.stream(),
    "[static]incoming-body.finish": (body: IncomingBody) => body.finish(),
    "future-trailers": resource(FutureTrailers),
    "[method]future-trailers.subscribe": (self: FutureTrailers) =>
      new Pollable(() => self.source.trailers() !== undefined),
    "[method]future-trailers.get": trailersOf,
    "outgoing-body": resource(OutgoingBody),
    "[method]outgoing-body.write": (self: OutgoingBody) => self.stream(),
    "[static]outgoing-body.finish": (body: OutgoingBody, trailers: Fields | undefined) => body.finish(trailers),
  };
}

function trailersOf(self: FutureTrailers): Result<Result<Fields | undefined>> | undefined {
  const found = self.source.trailers();
  if (found === undefined) return undefined;
  if (self.isTaken) return { tag: "err", val: undefined };
  self.isTaken = true;
  if ("fault" in found) return { tag: "ok", val: { tag: "err", val: found.fault } };
  const val = found.trailers.length === 0 ? undefined : Fields.received(found.trailers);
  return { tag: "ok", val: { tag: "ok", val } };
}
