// The sockets under a gRPC client. The library ends its own politely, which takes for ever where the other side plays dead.
import type { Socket } from "node:net";
import type { ChannelCredentials } from "@grpc/grpc-js";

export class Sockets {
  readonly #open = new Set<Socket>();

  /** The same credentials; what is connected by them is noted here. */
  through(credentials: ChannelCredentials): ChannelCredentials {
    const noted = Object.create(credentials) as ChannelCredentials;
    noted._createSecureConnector = (...given) => {
      const connector = credentials._createSecureConnector(...given);
      return {
        connect: (socket) => {
          this.#note(socket);
          return connector.connect(socket);
        },
        waitForReady: () => connector.waitForReady(),
        getCallCredentials: () => connector.getCallCredentials(),
        destroy: () => connector.destroy(),
      };
    };
    return noted;
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #note(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
  }
}
