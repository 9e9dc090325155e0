// go-plugin's broker: more connections beside the first one, by number. The plugin dials services of the host, and the host some
// of the plugin's. Source: hashicorp/go-plugin v1.8.0 grpc_broker.go.
import { join } from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import { TenonError } from "@tenon/contract/core";
import type { OpenContext } from "@tenon/host/driver";
import { describeHostFailure } from "@tenon/host/wire";
import { createHandler, fromBuffer, messages, toBuffer, type GrpcLibrary } from "@tenon/plugin/grpc";
import { createClient, launchedDial } from "./channel.ts";
import type { Launched } from "./launch.ts";
import type { Method } from "./methods.ts";
import { checkedSocket } from "./socket-path.ts";

export interface BrokerOptions {
  readonly grpc: GrpcLibrary;
  readonly client: Grpc.Client;
  readonly launched: Pick<Launched, "folder" | "tls">;
  readonly context: OpenContext;
  /** What the host offers to the plugin. */
  readonly imports: readonly Method[];
}

/** How long the other side waits for the news of a number, and how long we do. */
const DIAL_MS = 5000;
/** Numbers that the plugin may announce without anybody dialling them. */
const MAX_ANNOUNCED = 1000;

export class Broker {
  readonly #options: BrokerOptions;
  readonly #stream: Grpc.ClientDuplexStream<messages.ConnInfo, messages.ConnInfo>;
  /** Addresses that the plugin announced, by number. */
  readonly #announced = new Map<number, string>();
  readonly #dialled = new Map<number, Grpc.Client>();
  readonly #waiting = new Map<number, () => void>();
  #listening: Promise<string> | undefined;
  #server: Grpc.Server | undefined;
  #lastId = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#stream = options.client.makeBidiStreamRequest(
      messages.BROKER_PATH,
      (info: messages.ConnInfo) => toBuffer(messages.connInfo.encode(info)),
      (bytes: Buffer) => messages.connInfo.decode(bytes),
    );
    this.#stream.on("data", (info: messages.ConnInfo) => this.#onAnnounced(info));
    // Servers without a broker say so here; whoever needs it finds out when nobody answers.
    this.#stream.on("error", () => {});
  }

  /** A new number under which the plugin finds the host's services from now on, for five seconds until it dials. */
  async offer(): Promise<number> {
    const address = await (this.#listening ??= this.#listen());
    const serviceId = ++this.#lastId;
    this.#stream.write({ serviceId, network: "unix", address, knock: undefined });
    return serviceId;
  }

  /** The connection to what the plugin serves under a number. Rejects with unavailable when it is not announced in time. */
  async dial(id: number): Promise<Grpc.Client> {
    const known = this.#dialled.get(id);
    if (known !== undefined) return known;
    if (!this.#announced.has(id)) await this.#announcement(id);
    const address = this.#announced.get(id);
    if (address === undefined)
      throw new TenonError("unavailable", `the plugin opened nothing under the broker id ${id} within ${DIAL_MS} ms`, {
        hint: "use the id that a call returned, at once",
        sideEffects: "none",
      });
    const { grpc, launched, context } = this.#options;
    const target = `unix:${checkedSocket(address, launched.folder)}`;
    const client = createClient(grpc, launchedDial(grpc, { target, tls: launched.tls }), context.limits);
    this.#dialled.set(id, client);
    return client;
  }

  close(): void {
    this.#stream.cancel();
    this.#server?.forceShutdown();
    for (const client of this.#dialled.values()) client.close();
    for (const wake of this.#waiting.values()) wake();
  }

  #onAnnounced({ serviceId, network, address }: messages.ConnInfo): void {
    if (network !== "unix" || this.#announced.size >= MAX_ANNOUNCED) return;
    this.#announced.set(serviceId, address);
    this.#waiting.get(serviceId)?.();
  }

  #announcement(id: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(done, DIAL_MS);
      this.#waiting.set(id, done);
    });
  }

  async #listen(): Promise<string> {
    const { grpc, imports, launched, context } = this.#options;
    const server = (this.#server = new grpc.Server({
      "grpc.max_receive_message_length": context.limits.maxMessageBytes,
      "grpc.max_send_message_length": context.limits.maxMessageBytes,
    }));
    for (const { func, path, codec } of imports) {
      const run = context.hostFunctions[func.index]!;
      const count = func.function.params.length;
      const { handler, type } = createHandler({
        grpc,
        func,
        codec,
        functions: async () =>
          Object.assign([], {
            [func.index]: async (...args: unknown[]) => {
              try {
                return await run(...args.slice(0, count));
              } catch (thrown) {
                throw describeHostFailure(thrown, func);
              }
            },
          }),
        begin: () => () => {},
      });
      server.register(path, handler as never, toBuffer as never, fromBuffer, type);
    }
    const address = join(launched.folder, "host");
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${address}`, this.#credentials(), (error) => (error === null ? resolve() : reject(error)));
    });
    return address;
  }

  /** The same pair of certificates as the first connection, with the roles turned. */
  #credentials(): Grpc.ServerCredentials {
    const { grpc, launched } = this.#options;
    if (launched.tls === undefined) return grpc.ServerCredentials.createInsecure();
    const { own, peerPem } = launched.tls;
    const pair = { private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(own.certPem) };
    return grpc.ServerCredentials.createSsl(Buffer.from(peerPem), [pair], true);
  }
}
