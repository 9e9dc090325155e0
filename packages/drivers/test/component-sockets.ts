// A component that opens sockets and closes none, with the part of WASI 0.2 that it uses.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { moduleComponent } from "@tenon/wasm/testing";
import { V, withWasi } from "./wasi-wit.ts";
import { assemble } from "./wasm-guests.ts";

export interface SocketExports {
  readonly sockets: {
    /** Tries so often to connect to 127.0.0.1 at this port; how often it could. */
    readonly connect: (count: number, port: number) => number;
    /** Tries so often to bind a UDP socket to a port of the system's choice; how often it could. */
    readonly bind: (count: number) => number;
    /** The number of the error code that the last of them ended with, or 100 where none failed. */
    readonly why: () => number;
  };
}

const API =
  "interface sockets { connect: func(count: u32, port: u32) -> u32; bind: func(count: u32) -> u32; why: func() -> u32; }";
const { resolve } = resolveWit(`package t:leak@1.0.0; ${API} world w { export sockets; }`);
export const socketsContract = contractFromResolve(resolve, 0) as Contract<SocketExports>;

const IMPORTS = [
  "sockets/instance-network",
  "sockets/tcp",
  "sockets/tcp-create-socket",
  "sockets/udp",
  "sockets/udp-create-socket",
];
/** Twelve words: the case, the port, four bytes, and what the other case has more. */
const address = (port: string, ...bytes: readonly number[]): string =>
  `(i32.const 0) ${port} ${[...bytes, 0, 0, 0, 0, 0, 0].map((byte) => `(i32.const ${byte})`).join(" ")}`;
/** Leaves the turn with the code that is at this place of the answer, where the answer is an error. */
const orNext = (at: number): string =>
  `(if (i32.load8_u (i32.const 16)) (then (global.set $why (i32.load8_u (i32.const ${16 + at}))) (br $next)))`;

/** One turn per socket. `start` and `finish` are methods; `finish` has its error code at `codeAt`. */
function loop(kind: "tcp" | "udp", start: string, place: string, finish: string, codeAt: number): string {
  return `
    (local $left i32) (local $socket i32) (local $pollable i32) (local $opened i32)
    (global.set $why (i32.const 100))
    (if (i32.eqz (global.get $net)) (then (global.set $net (call $network))))
    (local.set $left (local.get $count))
    (block $done (loop $more
      (br_if $done (i32.eqz (local.get $left)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (block $next
        (call $${kind}-create (i32.const 0) (i32.const 16)) ${orNext(4)}
        (local.set $socket (i32.load (i32.const 20)))
        (call ${start} (local.get $socket) (global.get $net) ${place} (i32.const 16)) ${orNext(1)}
        (local.set $pollable (call $${kind}-subscribe (local.get $socket)))
        (call $block (local.get $pollable)) (call $drop-pollable (local.get $pollable))
        (call ${finish} (local.get $socket) (i32.const 16)) ${orNext(codeAt)}
        (local.set $opened (i32.add (local.get $opened) (i32.const 1))))
      (br $more)))
    (local.get $opened)`;
}

const ADDRESSED = `(param ${"i32 ".repeat(15)})`;
export const socketsComponent: Uint8Array = moduleComponent(
  withWasi(socketsContract, IMPORTS),
  assemble(`(module
    (import "wasi:sockets/instance-network@${V}" "instance-network" (func $network (result i32)))
    (import "wasi:sockets/tcp-create-socket@${V}" "create-tcp-socket" (func $tcp-create (param i32 i32)))
    (import "wasi:sockets/tcp@${V}" "[method]tcp-socket.start-connect" (func $tcp-start ${ADDRESSED}))
    (import "wasi:sockets/tcp@${V}" "[method]tcp-socket.finish-connect" (func $tcp-finish (param i32 i32)))
    (import "wasi:sockets/tcp@${V}" "[method]tcp-socket.subscribe" (func $tcp-subscribe (param i32) (result i32)))
    (import "wasi:sockets/udp-create-socket@${V}" "create-udp-socket" (func $udp-create (param i32 i32)))
    (import "wasi:sockets/udp@${V}" "[method]udp-socket.start-bind" (func $udp-start ${ADDRESSED}))
    (import "wasi:sockets/udp@${V}" "[method]udp-socket.finish-bind" (func $udp-finish (param i32 i32)))
    (import "wasi:sockets/udp@${V}" "[method]udp-socket.subscribe" (func $udp-subscribe (param i32) (result i32)))
    (import "wasi:io/poll@${V}" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/poll@${V}" "[resource-drop]pollable" (func $drop-pollable (param i32)))
    (memory (export "memory") 1)
    (global $net (mut i32) (i32.const 0)) (global $why (mut i32) (i32.const 100))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "t:leak/sockets@1.0.0#why") (result i32) (global.get $why))
    (func (export "t:leak/sockets@1.0.0#connect") (param $count i32) (param $port i32) (result i32)
      ${loop("tcp", "$tcp-start", address("(local.get $port)", 127, 0, 0, 1), "$tcp-finish", 4)})
    (func (export "t:leak/sockets@1.0.0#bind") (param $count i32) (result i32)
      ${loop("udp", "$udp-start", address("(i32.const 0)", 0, 0, 0, 0), "$udp-finish", 1)}))`),
);
