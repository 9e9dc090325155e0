// wasi:sockets@0.2 with nothing granted: the functions are there, and every socket and name is refused with `access-denied`.
import { type ComponentGuest, defineInterface, type Preview2Interface, resource } from "./component-guest.ts";

/** No socket is ever made, so no value of these types exists and no method of them can be reached. */
class Network {}
abstract class TcpSocket {}
abstract class UdpSocket {}
abstract class DatagramStream {}
abstract class ResolveAddressStream {}

const TCP = [
  "start-bind",
  "finish-bind",
  "start-connect",
  "finish-connect",
  "start-listen",
  "finish-listen",
  "accept",
  "local-address",
  "remote-address",
  "is-listening",
  "address-family",
  "set-listen-backlog-size",
  "keep-alive-enabled",
  "set-keep-alive-enabled",
  "keep-alive-idle-time",
  "set-keep-alive-idle-time",
  "keep-alive-interval",
  "set-keep-alive-interval",
  "keep-alive-count",
  "set-keep-alive-count",
  "hop-limit",
  "set-hop-limit",
  "receive-buffer-size",
  "set-receive-buffer-size",
  "send-buffer-size",
  "set-send-buffer-size",
  "subscribe",
  "shutdown",
];
const UDP = [
  "start-bind",
  "finish-bind",
  "stream",
  "local-address",
  "remote-address",
  "address-family",
  "unicast-hop-limit",
  "set-unicast-hop-limit",
  "receive-buffer-size",
  "set-receive-buffer-size",
  "send-buffer-size",
  "set-send-buffer-size",
  "subscribe",
];

export function socketInterfaces(guest: ComponentGuest): Readonly<Record<string, Preview2Interface>> {
  const refuse = () => ({ tag: "err", val: "access-denied" });
  const methods = (type: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [`[method]${type}.${name}`, refuse]));
  return {
    "wasi:sockets/network": defineInterface(guest, {
      network: resource(Network),
      "network-error-code": () => undefined,
    }),
    "wasi:sockets/instance-network": defineInterface(guest, { "instance-network": () => new Network() }),
    "wasi:sockets/tcp-create-socket": defineInterface(guest, { "create-tcp-socket": refuse }),
    "wasi:sockets/udp-create-socket": defineInterface(guest, { "create-udp-socket": refuse }),
    "wasi:sockets/tcp": defineInterface(guest, { "tcp-socket": resource(TcpSocket), ...methods("tcp-socket", TCP) }),
    "wasi:sockets/udp": defineInterface(guest, {
      "udp-socket": resource(UdpSocket),
      "incoming-datagram-stream": resource(DatagramStream),
      "outgoing-datagram-stream": resource(DatagramStream),
      ...methods("udp-socket", UDP),
      ...methods("incoming-datagram-stream", ["receive", "subscribe"]),
      ...methods("outgoing-datagram-stream", ["check-send", "send", "subscribe"]),
    }),
    "wasi:sockets/ip-name-lookup": defineInterface(guest, {
      "resolve-address-stream": resource(ResolveAddressStream),
      "resolve-addresses": refuse,
      ...methods("resolve-address-stream", ["resolve-next-address", "subscribe"]),
    }),
  };
}
