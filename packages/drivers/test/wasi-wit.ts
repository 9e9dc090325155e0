// As much of WASI 0.2 as the components of these tests import, as WIT.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";

/** The version that they ask for. */
export const V = "0.2.3";

const CODES = [
  "access,would-block,already,bad-descriptor,busy,deadlock,quota,exist,file-too-large,illegal-byte-sequence,in-progress",
  "interrupted,invalid,io,is-directory,loop,too-many-links,message-size,name-too-long,no-device,no-entry,no-lock",
  "insufficient-memory,insufficient-space,not-directory,not-empty,not-recoverable,unsupported,no-tty,no-such-device",
  "overflow,not-permitted,pipe,read-only,invalid-seek,text-file-busy,cross-device",
].join(",");

const WASI = `
package wasi:clocks@${V} { interface monotonic-clock {
  use wasi:io/poll@${V}.{pollable};
  now: func() -> u64;
  subscribe-duration: func(nanoseconds: u64) -> pollable;
} }
package wasi:random@${V} { interface random { get-random-u64: func() -> u64; } }
package wasi:io@${V} {
  interface error { resource error; }
  interface poll { resource pollable { block: func(); } }
  interface streams {
    use error.{error};
    variant stream-error { last-operation-failed(error), closed }
    resource input-stream { blocking-read: func(len: u64) -> result<list<u8>, stream-error>; }
    resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; }
  }
}
package wasi:sockets@${V} {
  interface network {
    resource network;
    enum error-code {
      unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout, concurrency-conflict, not-in-progress,
      would-block, invalid-state, new-socket-limit, address-not-bindable, address-in-use, remote-unreachable,
      connection-refused, connection-reset, connection-aborted, datagram-too-large, name-unresolvable,
      temporary-resolver-failure, permanent-resolver-failure,
    }
    enum ip-address-family { ipv4, ipv6 }
    record ipv4-socket-address { port: u16, address: tuple<u8, u8, u8, u8> }
    record ipv6-socket-address {
      port: u16, flow-info: u32, address: tuple<u16, u16, u16, u16, u16, u16, u16, u16>, scope-id: u32,
    }
    variant ip-socket-address { ipv4(ipv4-socket-address), ipv6(ipv6-socket-address) }
  }
  interface instance-network { use network.{network}; instance-network: func() -> network; }
  interface tcp {
    use network.{network, error-code, ip-socket-address};
    use wasi:io/poll@${V}.{pollable};
    use wasi:io/streams@${V}.{input-stream, output-stream};
    resource tcp-socket {
      start-connect: func(network: borrow<network>, remote-address: ip-socket-address) -> result<_, error-code>;
      finish-connect: func() -> result<tuple<input-stream, output-stream>, error-code>;
      subscribe: func() -> pollable;
    }
  }
  interface udp {
    use network.{network, error-code, ip-socket-address};
    use wasi:io/poll@${V}.{pollable};
    resource udp-socket {
      start-bind: func(network: borrow<network>, local-address: ip-socket-address) -> result<_, error-code>;
      finish-bind: func() -> result<_, error-code>;
      subscribe: func() -> pollable;
    }
  }
  interface udp-create-socket {
    use network.{error-code, ip-address-family};
    use udp.{udp-socket};
    create-udp-socket: func(address-family: ip-address-family) -> result<udp-socket, error-code>;
  }
  interface tcp-create-socket {
    use network.{error-code, ip-address-family};
    use tcp.{tcp-socket};
    create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
  }
}
package wasi:cli@${V} {
  interface exit { exit: func(status: result); }
  interface stdout { use wasi:io/streams@${V}.{output-stream}; get-stdout: func() -> output-stream; }
  interface stderr { use wasi:io/streams@${V}.{output-stream}; get-stderr: func() -> output-stream; }
}
package wasi:filesystem@${V} {
  interface types {
    enum error-code { ${CODES} }
    flags path-flags { symlink-follow }
    flags open-flags { create, directory, exclusive, truncate }
    flags descriptor-flags {
      read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory,
    }
    resource descriptor {
      open-at: func(path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags)
        -> result<descriptor, error-code>;
    }
  }
  interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }
}`;

/** `contract` as the component has it, which imports these interfaces (`cli/stdout`) beside. */
export function withWasi(contract: Contract, names: readonly string[]): Contract {
  const imports = names.map((name) => `import wasi:${name}@${V};`).join(" ");
  const { resolve } = resolveWit(`package t:wasi; world w { ${imports} } ${WASI}`);
  const world = resolve.worlds.findIndex(({ name }) => name === "w");
  return { ...contract, imports: [...contract.imports, ...contractFromResolve(resolve, world).imports] };
}
