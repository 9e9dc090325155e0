// Requests of one guest's thread to sockets, names and HTTP: the thread that does what cannot be done synchronously.
import { workerData } from "node:worker_threads";
import { NetworkPolicy } from "./network-policy.ts";
import type { NetworkReply, NetworkRequest, NetworkStart } from "./network-protocol.ts";
import { HttpClient } from "./network-http.ts";
import { createResolver } from "./network-names.ts";
import { TcpSockets } from "./network-tcp.ts";
import { UdpSockets } from "./network-udp.ts";

const { signal, port, options } = workerData as NetworkStart;
const policy = new NetworkPolicy(options);
const lookUp = createResolver(options.dnsServers);
/** Whoever sleeps until something is ready looks again. */
const wake = (): void => {
  Atomics.add(signal, 1, 1);
  Atomics.notify(signal, 1);
};
const tcp = new TcpSockets(wake);
const udp = new UdpSockets(policy, wake);
const http = new HttpClient({ policy, lookUp, wake, limits: options.http ?? {} });

port.on("message", (request: NetworkRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
});

async function answer(request: NetworkRequest): Promise<NetworkReply> {
  try {
    // The same answer makes the same decision on both sides: this one's is about datagrams that come in.
    if (request.do === "resolve") return { addresses: policy.resolved(request.name, await lookUp(request.name)) };
    if (request.do.startsWith("tcp-")) return tcp.answer(request as Parameters<TcpSockets["answer"]>[0]);
    if (request.do.startsWith("udp-")) return udp.answer(request as Parameters<UdpSockets["answer"]>[0]);
    return http.answer(request as Parameters<HttpClient["answer"]>[0]);
  } catch (thrown) {
    return { error: codeOf(thrown) };
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "EIO";
}
