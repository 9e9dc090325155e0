// contracts/conformance in AssemblyScript: every value goes back as it came, and `calls` does what the contract says.
import { Option, Result } from "./abi";
import { exit, print, sleep } from "./system";
import {
  Address,
  Awkward,
  Colour,
  Deep,
  ManyFlags,
  Permissions,
  Person,
  Scalars,
  Shape,
  Tuple18,
  Tuple2,
  Tuple3,
  VariantOfAll,
  hostHostBroken,
  hostHostDouble,
  hostHostDoubleLater,
  hostHostNote,
  hostHostReenter,
} from "./contract";

export function valuesEchoAwkward(value: Awkward): Awkward {
  return value;
}

export function valuesEchoBool(value: bool): bool {
  return value;
}

export function valuesEchoBoolList(value: Array<bool>): Array<bool> {
  return value;
}

export function valuesEchoBytes(value: Uint8Array): Uint8Array {
  return value;
}

export function valuesEchoChar(value: u32): u32 {
  return value;
}

export function valuesEchoColour(value: Colour): Colour {
  return value;
}

export function valuesEchoDeep(value: Deep): Deep {
  return value;
}

export function valuesEchoF32(value: f32): f32 {
  return value;
}

export function valuesEchoF64(value: f64): f64 {
  return value;
}

export function valuesEchoF64List(value: Array<f64>): Array<f64> {
  return value;
}

/// Returns all its arguments: more of them than the canonical ABI passes one by one.
export function valuesEchoMany(
  a: u8,
  b: i8,
  c: u16,
  d: i16,
  e: u32,
  f: i32,
  g: u64,
  h: i64,
  i: f32,
  j: f64,
  k: u32,
  l: string,
  m: bool,
  n: Colour,
  o: Permissions,
  p: Uint8Array,
  q: Option<u32>,
  r: Tuple2<u8, u8>,
): Tuple18<
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f32,
  f64,
  u32,
  string,
  bool,
  Colour,
  Permissions,
  Uint8Array,
  Option<u32>,
  Tuple2<u8, u8>
> {
  return new Tuple18<
    u8,
    i8,
    u16,
    i16,
    u32,
    i32,
    u64,
    i64,
    f32,
    f64,
    u32,
    string,
    bool,
    Colour,
    Permissions,
    Uint8Array,
    Option<u32>,
    Tuple2<u8, u8>
  >(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
}

export function valuesEchoManyFlags(value: ManyFlags): ManyFlags {
  return value;
}

export function valuesEchoMap(value: Map<string, u32>): Map<string, u32> {
  return value;
}

export function valuesEchoNestedList(value: Array<Array<string>>): Array<Array<string>> {
  return value;
}

export function valuesEchoNestedOption(value: Option<Option<string>>): Option<Option<string>> {
  return value;
}

export function valuesEchoOption(value: Option<u32>): Option<u32> {
  return value;
}

export function valuesEchoOptionRecord(value: Option<Person>): Option<Person> {
  return value;
}

export function valuesEchoPermissions(value: Permissions): Permissions {
  return value;
}

export function valuesEchoPerson(value: Person): Person {
  return value;
}

export function valuesEchoRecordList(value: Array<Person>): Array<Person> {
  return value;
}

export function valuesEchoResult(value: Result<u32, string>): Result<u32, string> {
  return value;
}

export function valuesEchoResultEmpty(value: Result<bool, bool>): Result<bool, bool> {
  return value;
}

export function valuesEchoResultErrOnly(value: Result<bool, string>): Result<bool, string> {
  return value;
}

export function valuesEchoResultOkOnly(value: Result<u32, bool>): Result<u32, bool> {
  return value;
}

export function valuesEchoS16(value: i16): i16 {
  return value;
}

export function valuesEchoS32(value: i32): i32 {
  return value;
}

export function valuesEchoS64(value: i64): i64 {
  return value;
}

export function valuesEchoS64List(value: Array<i64>): Array<i64> {
  return value;
}

export function valuesEchoS8(value: i8): i8 {
  return value;
}

export function valuesEchoScalars(value: Scalars): Scalars {
  return value;
}

export function valuesEchoShape(value: Shape): Shape {
  return value;
}

export function valuesEchoString(value: string): string {
  return value;
}

export function valuesEchoStringList(value: Array<string>): Array<string> {
  return value;
}

export function valuesEchoTuple(value: Tuple3<u8, string, f64>): Tuple3<u8, string, f64> {
  return value;
}

export function valuesEchoU16(value: u16): u16 {
  return value;
}

export function valuesEchoU32(value: u32): u32 {
  return value;
}

export function valuesEchoU32List(value: Array<u32>): Array<u32> {
  return value;
}

export function valuesEchoU64(value: u64): u64 {
  return value;
}

export function valuesEchoU8(value: u8): u8 {
  return value;
}

/// Takes nothing and returns nothing.
export function valuesNothing(): void {
  // Nothing.
}

/// Returns `n` bytes; the byte at index i is `i % 251`.
export function callsBig(n: u32): Uint8Array {
  const bytes = new Uint8Array(n);
  for (let i = 0; i < <i32>n; i++) bytes[i] = <u8>(i % 251);
  return bytes;
}

/// Returns `host.double(n)`.
export function callsCallHost(n: u32): u32 {
  return hostHostDouble(n);
}

/// Returns `host.double-later(n)`.
export function callsCallHostAsync(n: u32): u32 {
  return hostHostDoubleLater(n);
}

/// Calls `host.broken()` and lets the failure pass through.
export function callsCallHostFailing(): u32 {
  return hostHostBroken();
}

/// Ends the plugin's process, thread or instance with this exit code, without an answer.
export function callsExit(code: u32): void {
  exit(code);
}

/// Throws or traps, with `message` where the language has messages.
export function callsFail(message: string): void {
  print(2, message + "\n");
  throw new Error(message);
}

/// Prints `lines` lines of 80 characters to standard output and error, as fast as it can, and returns.
export function callsFlood(lines: u32): void {
  const line = "flood ".repeat(13) + ".\n";
  for (let i: u32 = 0; i < lines; i++) {
    print(1, line);
    print(2, line);
  }
}

/// Returns at once, then throws outside of any call.
export function callsLateThrow(): void {
  // Nothing of a module runs when no call does.
}

/// Prints each line on its own to standard output, or to the log where there is no standard output.
export function callsLogLines(lines: Array<string>): void {
  for (let i = 0; i < lines.length; i++) print(1, lines[i] + "\n");
}

/// Returns 0 for depth 0; else calls `host.reenter(depth - 1)` and returns its result plus 1.
export function callsReenter(depth: u32): u32 {
  return depth == 0 ? 0 : hostHostReenter(depth - 1) + 1;
}

/// Returns `ms` after that many milliseconds.
export function callsSleep(ms: u32): u32 {
  sleep(ms);
  return ms;
}

/// Never returns and never gives way.
export function callsSpin(): void {
  while (true) {}
}

/// Waits until the call is cancelled, at most `ms`; then calls `host.note("cancelled")` or `host.note("waited")`.
export function callsWaitCancel(ms: u32): void {
  sleep(ms);
  hostHostNote("waited");
}
