// A component that opens a TCP connection and reads from it, with the part of WASI 0.2 that it uses.
import { contractFromResolve, resolveWit } from "@tenon/contract";
import type { Contract } from "@tenon/contract";
import { moduleComponent } from "@tenon/wasm/testing";
import { V, withWasi } from "./wasi-wit.ts";
import { assemble } from "./wasm-guests.ts";

export interface NetworkExports {
  readonly api: {
    /** Bytes that were read from 127.0.0.1 at this port, or 100 and the number of the error code. */
    readonly read: (port: number) => number;
    /** Nanoseconds of the monotonic clock. */
    readonly now: () => bigint;
    readonly random: () => bigint;
  };
}

const API = "interface api { read: func(port: u32) -> u32; now: func() -> u64; random: func() -> u64; }";
const { resolve } = resolveWit(`package t:net@1.0.0; ${API} world w { export api; }`);
/** What the host knows: WASI is none of its business. */
export const networkContract = contractFromResolve(resolve, 0) as Contract<NetworkExports>;

const IMPORTS = [
  "clocks/monotonic-clock",
  "random/random",
  "io/streams",
  "sockets/instance-network",
  "sockets/tcp",
  "sockets/tcp-create-socket",
];
/** Twelve words: the case, the port, four bytes, and what the other case has more. */
const LOOPBACK = `(i32.const 0) (local.get $port) (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1) ${"(i32.const 0) ".repeat(6)}`;
const failed = (at: number): string =>
  `(if (i32.load8_u (i32.const 16)) (then (return (i32.add (i32.const 100) (i32.load8_u (i32.const ${16 + at}))))))`;

export const networkComponent: Uint8Array = moduleComponent(
  withWasi(networkContract, IMPORTS),
  assemble(`(module
    (import "wasi:clocks/monotonic-clock@${V}" "now" (func $now (result i64)))
    (import "wasi:random/random@${V}" "get-random-u64" (func $random (result i64)))
    (import "wasi:sockets/instance-network@${V}" "instance-network" (func $network (result i32)))
    (import "wasi:sockets/tcp-create-socket@${V}" "create-tcp-socket" (func $create (param i32 i32)))
    (import "wasi:sockets/tcp@${V}" "[method]tcp-socket.start-connect" (func $start (param ${"i32 ".repeat(15)})))
    (import "wasi:sockets/tcp@${V}" "[method]tcp-socket.finish-connect" (func $finish (param i32 i32)))
    (import "wasi:sockets/tcp@${V}" "[method]tcp-socket.subscribe" (func $subscribe (param i32) (result i32)))
    (import "wasi:sockets/tcp@${V}" "[resource-drop]tcp-socket" (func $drop-socket (param i32)))
    (import "wasi:io/poll@${V}" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/poll@${V}" "[resource-drop]pollable" (func $drop-pollable (param i32)))
    (import "wasi:io/streams@${V}" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
    (import "wasi:io/streams@${V}" "[resource-drop]input-stream" (func $drop-in (param i32)))
    (import "wasi:io/streams@${V}" "[resource-drop]output-stream" (func $drop-out (param i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "t:net/api@1.0.0#now") (result i64) (call $now))
    (func (export "t:net/api@1.0.0#random") (result i64) (call $random))
    (func (export "t:net/api@1.0.0#read") (param $port i32) (result i32)
      (local $socket i32) (local $pollable i32) (local $in i32) (local $out i32) (local $got i32)
      (call $create (i32.const 0) (i32.const 16)) ${failed(4)}
      (local.set $socket (i32.load (i32.const 20)))
      (call $start (local.get $socket) (call $network) ${LOOPBACK} (i32.const 16)) ${failed(1)}
      (local.set $pollable (call $subscribe (local.get $socket)))
      (call $block (local.get $pollable)) (call $drop-pollable (local.get $pollable))
      (call $finish (local.get $socket) (i32.const 16)) ${failed(4)}
      (local.set $in (i32.load (i32.const 20))) (local.set $out (i32.load (i32.const 24)))
      (call $read (local.get $in) (i64.const 100) (i32.const 16))
      (local.set $got (select (i32.const 99) (i32.load (i32.const 24)) (i32.load8_u (i32.const 16))))
      (call $drop-in (local.get $in)) (call $drop-out (local.get $out)) (call $drop-socket (local.get $socket))
      (local.get $got)))`),
);
