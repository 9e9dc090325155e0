// The program in the child process: one library on its main thread, which reads a call, runs it and answers, and waits for nothing else.
import process from "node:process";
import { TenonError } from "@tenon/contract/core";
import type { Contract } from "@tenon/contract/core";
import { DEFAULT_LIMITS, indexFunctions } from "@tenon/host/driver";
import type { HostFunction, Limits, OpenContext } from "@tenon/host/driver";
import { formatPluginGreeting, formatPluginRefusal, FrameFormat, parseHostGreeting, Peer } from "@tenon/host/wire";
import { openInstance } from "./driver.ts";
import { takeDescriptors } from "./descriptors.ts";
import type { NativeInstance } from "./instance.ts";
import { loadKoffi } from "./koffi.ts";
import { Pipe } from "./pipe.ts";

export interface LibraryStart {
  readonly bytes: Uint8Array;
  readonly pluginId: string;
  readonly contract: Contract;
  readonly limits: Limits;
}

/** Serves the host that started this process, and ends the process with it. Nothing may have used standard output before. */
export async function serveLibrary(start: LibraryStart): Promise<never> {
  const { input, output } = await takeDescriptors();
  const pipe = new Pipe(input, output, start.limits.maxMessageBytes);
  const server = new LibraryServer(pipe, start);
  try {
    await server.open(start);
  } catch (thrown) {
    const error = TenonError.from(thrown, "start-failed", { sideEffects: "none" });
    process.stderr.write(`${error.message}\n`);
    pipe.sendText(formatPluginRefusal(error));
    process.exit(1);
  }
  try {
    return server.run();
  } catch (thrown) {
    process.stderr.write(`the host broke the protocol: ${TenonError.from(thrown, "protocol-error").message}\n`);
    process.exit(1);
  }
}

class LibraryServer {
  readonly #pipe: Pipe;
  readonly #format: FrameFormat;
  readonly #peer: Peer;
  readonly #hostFunctions: readonly HostFunction[];
  #instance!: NativeInstance;
  #flush: () => void = () => {};
  #isClosing = false;

  constructor(pipe: Pipe, { contract, limits }: LibraryStart) {
    this.#pipe = pipe;
    this.#format = new FrameFormat(pipe, limits.maxMessageBytes);
    const imports = indexFunctions(contract.imports);
    this.#peer = new Peer({
      format: this.#format,
      // The library waits on the very thread that reads its answer.
      pump: () => {
        this.#receive();
        return true;
      },
      remote: imports,
      local: indexFunctions(contract.exports),
      serve: (index, args) => this.#serve(index, args),
      describeFailure: (thrown, func) => TenonError.from(thrown, "plugin-trap", { call: func.path }),
      maxPendingCalls: Infinity,
      onClose: () => (this.#isClosing = true),
    });
    this.#hostFunctions = imports.map(
      (func) =>
        (...args) =>
          this.#peer.callSync(func, args, Infinity),
    );
  }

  async open({ bytes, pluginId, contract, limits }: LibraryStart): Promise<void> {
    const { instance } = await openInstance(bytes, {
      pluginId,
      contract,
      exports: indexFunctions(contract.exports),
      imports: indexFunctions(contract.imports),
      hostFunctions: this.#hostFunctions,
      limits: { ...DEFAULT_LIMITS, ...limits },
      signal: new AbortController().signal,
    } as unknown as OpenContext);
    this.#instance = instance;
    this.#flush = await flusher();
    this.#pipe.sendText(formatPluginGreeting({ encoding: "frames", contract: contract.digest, implements: undefined }));
    const line = this.#pipe.line();
    if (line === undefined) process.exit(0);
    parseHostGreeting(line);
  }

  run(): never {
    while (!this.#isClosing) {
      this.#receive();
      this.#peer.drainDeferred();
    }
    this.#instance.close();
    this.#flush();
    process.exit(0);
  }

  #receive(): void {
    const frame = this.#pipe.frame();
    // The host is gone, and whatever the library was asked to do nobody waits for any more.
    if (frame === undefined) process.exit(0);
    this.#peer.receive(this.#format.open(frame.bytes, frame.isOwned, frame.start, frame.end));
  }

  #serve(index: number, args: readonly unknown[]): unknown {
    try {
      return this.#instance.functions[index]!(...args);
    } finally {
      this.#flush();
    }
  }
}

/** What the plugin printed during a call is there when the call is over, although C keeps it back for a pipe. */
async function flusher(): Promise<() => void> {
  if (process.platform === "win32") return () => {};
  const koffi = await loadKoffi();
  const fflush = koffi.load(null).func("fflush", "int", ["void *"]);
  return () => void fflush(null);
}
