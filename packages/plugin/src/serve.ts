// A defined plugin -> a process that serves it over its standard input and output, for the stdio boundary.
import process from "node:process";
import { TenonError, type Contract } from "@tenon/contract/core";
import { DEFAULT_LIMITS, indexFunctions } from "@tenon/host/driver";
import {
  chooseOffer,
  FEATURES,
  formatPluginGreeting,
  formatPluginRefusal,
  FrameFormat,
  FrameSplitter,
  LineSplitter,
  MAX_HANDSHAKE_BYTES,
  parseHostGreeting,
  Peer,
  StreamLink,
  type ByteSink,
  type ContractName,
  type ServedCall,
} from "@tenon/host/wire";
import { bindPlugin, type BoundExports } from "./bind.ts";
import type { PluginDefinition } from "./define-plugin.ts";

export interface ServeOptions {
  /** Largest message either way. Default 128 MiB, the host's own default. */
  readonly maxMessageBytes?: number;
  /**
   * Is given what sends notes to the driver that started this process, once the host has been greeted.
   * @internal not covered by semver: hosts take notes only from processes that run Tenon's own code.
   */
  readonly onNotes?: (send: (text: string) => void) => void;
}

/**
 * Serves the plugin until the host closes it, then ends the process. Call it once, at the end of the program. From
 * then on everything printed to standard output goes to standard error, because standard output carries the frames.
 * Host functions are asynchronous here: each call gives a promise. Resolves when the host may call.
 *
 * A list of definitions, the preferred one first, is one plugin for several contracts: it speaks the first of what the host
 * offers that is among them.
 */
export async function serve<E, I>(
  definition: PluginDefinition<E, I> | readonly [PluginDefinition, ...PluginDefinition[]],
  options: ServeOptions = {},
): Promise<void> {
  const sink = takeStdout();
  if (process.stdin.isTTY) {
    process.stderr.write(
      "This program is a Tenon plugin: it does its work when a Tenon host starts it, for example `tenon call`.\n",
    );
    process.exit(2);
  }
  const definitions = (Array.isArray(definition) ? definition : [definition]) as readonly PluginDefinition[];
  const server = new Server(sink, options);
  try {
    await server.open(definitions);
  } catch (thrown) {
    server.refuse(TenonError.from(thrown, "start-failed", { sideEffects: "none" }));
  }
}

function hostTooEarly(path: string): TenonError {
  return new TenonError("boundary-unsupported", `the plugin calls ${path} while it is made, before this boundary can`, {
    hint: "call the host from the plugin's own functions",
    call: path,
    sideEffects: "none",
  });
}

class Server {
  readonly #sink: ByteSink;
  readonly #link: StreamLink;
  readonly #maxMessageBytes: number;
  readonly #onNotes: ServeOptions["onNotes"];
  /** What the host can speak. */
  readonly #offers: Promise<readonly ContractName[]>;
  /** Set before the greeting, so before the host sends a frame. */
  #receive: (chunk: Uint8Array) => void = () => {};
  #functions: BoundExports = [];
  #running = 0;
  #hasGreeted = false;
  #isClosing = false;

  constructor(sink: ByteSink, { maxMessageBytes = DEFAULT_LIMITS.maxMessageBytes, onNotes }: ServeOptions) {
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
    this.#onNotes = onNotes;
    this.#link = new StreamLink({
      source: process.stdin,
      sink,
      // A plugin always reads, so that host and plugin never wait for each other; what it queues is its own memory.
      answerMarkBytes: Infinity,
      maxWaitingBytes: Infinity,
      onEnd: () => this.#end(),
      onDeaf: () => this.#end(),
      onFault: (error) => this.#abort(error),
    });
    this.#offers = new Promise((resolve) => {
      const first = new LineSplitter(MAX_HANDSHAKE_BYTES, (line) => {
        resolve(parseHostGreeting(line).offers);
        return "stop";
      });
      this.#link.readTo((chunk) => {
        const rest = first.push(chunk);
        if (rest === undefined) return;
        this.#link.readTo((next) => this.#receive(next));
        if (rest.length > 0) this.#receive(rest);
      });
    });
  }

  async open(definitions: readonly PluginDefinition[]): Promise<void> {
    const contracts = definitions.map((definition) => definition.contract);
    // A plugin of one contract says so at once, whatever the host may speak.
    const contract = contracts.length === 1 ? contracts[0]! : chooseOffer(await this.#offers, contracts);
    const peer = this.#speak(contract);
    this.#functions = await bindPlugin(definitions[contracts.indexOf(contract)], {
      contract,
      exports: indexFunctions(contract.exports),
      imports: indexFunctions(contract.imports),
      importOf:
        (func) =>
        (...args) => {
          if (!this.#hasGreeted) throw hostTooEarly(func.path);
          return peer.call(func, args, { deadline: undefined, signal: undefined, trace: undefined });
        },
    });
    this.#hasGreeted = true;
    this.#link.sendText(
      formatPluginGreeting({
        encoding: "frames",
        contract: contract.digest,
        ...(contracts.length > 1 && { contracts: contracts.map(({ digest }) => digest) }),
        implements: undefined,
        features: FEATURES,
      }),
    );
    this.#link.flush();
    this.#onNotes?.((text) => peer.note(text));
  }

  #speak(contract: Contract): Peer {
    const format = new FrameFormat(this.#link, this.#maxMessageBytes);
    const peer = new Peer({
      format,
      remote: indexFunctions(contract.imports),
      local: indexFunctions(contract.exports),
      serve: (index, args, call) => this.#serve(index, args, call),
      describeFailure: (thrown, func) => TenonError.from(thrown, "plugin-trap", { call: func.path }),
      maxPendingCalls: Infinity,
      onClose: () => this.#close(),
    });
    const frames = new FrameSplitter(this.#maxMessageBytes, (frame, isOwned) =>
      peer.receive(format.open(frame, isOwned)),
    );
    this.#receive = (chunk) => frames.push(chunk);
    return peer;
  }

  /** Tells the host why there is no plugin, and ends. */
  refuse(error: TenonError): void {
    process.stderr.write(`${error.message}\n`);
    this.#link.sendText(formatPluginRefusal(error));
    this.#leave(1);
  }

  #serve(index: number, args: readonly unknown[], call: ServedCall): unknown {
    const out = this.#functions[index]!(...args, call);
    if (typeof out !== "object" || out === null || typeof (out as { then?: unknown }).then !== "function") return out;
    this.#running++;
    return Promise.resolve(out).finally(() => {
      this.#running--;
      if (this.#isClosing && this.#running === 0) this.#leave(0);
    });
  }

  /** The host has no more calls: those that run may finish, as long as the host lets them. */
  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#running === 0) this.#leave(0);
  }

  /** Nobody listens any more. */
  #end(): void {
    if (this.#isClosing && this.#running > 0) return;
    process.exit(0);
  }

  #abort(error: TenonError): void {
    process.stderr.write(`the host broke the protocol: ${error.message}\n`);
    process.exit(1);
  }

  /** Ends the process after what was answered in this turn has been written. */
  #leave(code: number): void {
    setImmediate(() => {
      this.#link.flush();
      const wait = (): void => {
        if (this.#sink.writableLength === 0) process.exit(code);
        else setTimeout(wait, 1);
      };
      wait();
    });
  }
}

/** The real standard output for the frames; all other writers get standard error. */
function takeStdout(): ByteSink {
  const { stdout, stderr } = process;
  const { write } = stdout;
  // The console may already hold the stream object, so the object itself is turned, not only `process.stdout`.
  stdout.write = stderr.write.bind(stderr);
  Object.defineProperty(process, "stdout", { configurable: true, enumerable: true, get: () => stderr });
  return {
    write: (bytes) => write.call(stdout, bytes),
    get writableLength() {
      return stdout.writableLength;
    },
    on: (event: "drain" | "error", listener: (error: Error) => void) => stdout.on(event, listener),
    end: () => stdout.end(),
    destroy: () => stdout.destroy(),
  };
}
