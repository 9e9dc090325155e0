// The canonical ABI's side of memory: what the host writes before a call, and what it reads after one.

/** What has been allocated for calls; the collector does not know of it. */
let pinned: usize[] = [];
/** Calls whose results the host has not read yet; it may call while it is being called. */
let depth: i32 = 0;

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  const made = alloc(size);
  if (oldSize > 0) memory.copy(made, old, oldSize < size ? oldSize : size);
  return made;
}

/** Zeroed memory, aligned for every type, that is there until the call is over. */
export function alloc(size: usize): usize {
  const made = heap.alloc(size > 0 ? size : 1);
  memory.fill(made, 0, size);
  pinned.push(made);
  return made;
}

export function enter(): void {
  depth++;
}

export function leave(): void {
  if (--depth > 0) return;
  for (let i = 0; i < pinned.length; i++) heap.free(pinned[i]);
  pinned = [];
}

export function loadString(from: usize): string {
  return String.UTF8.decodeUnsafe(load<u32>(from), load<u32>(from, 4));
}

export function storeString(to: usize, value: string): void {
  const size = String.UTF8.byteLength(value);
  const made = alloc(size);
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, made);
  store<u32>(to, <u32>made);
  store<u32>(to, size, 4);
}

export function loadBytes(from: usize): Uint8Array {
  const size = load<u32>(from, 4);
  const value = new Uint8Array(size);
  memory.copy(value.dataStart, load<u32>(from), size);
  return value;
}

export function storeBytes(to: usize, value: Uint8Array): void {
  const made = alloc(value.length);
  memory.copy(made, value.dataStart, value.length);
  store<u32>(to, <u32>made);
  store<u32>(to, value.length, 4);
}

/** What `throw` and failed checks end with: a trap, which costs this instance and nothing else. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

export class Option<T> {
  isSome: bool = false;
  value!: T;
}

export function some<T>(value: T): Option<T> {
  const made = new Option<T>();
  made.isSome = true;
  made.value = value;
  return made;
}

export function none<T>(): Option<T> {
  return new Option<T>();
}

/** A value of the contract, not a throw: the host gets it as it is. A part that the contract does not have is a bool. */
export class Result<T, E> {
  isErr: bool = false;
  ok!: T;
  err!: E;
}

export function ok<T, E>(value: T): Result<T, E> {
  const made = new Result<T, E>();
  made.ok = value;
  return made;
}

export function err<T, E>(value: E): Result<T, E> {
  const made = new Result<T, E>();
  made.isErr = true;
  made.err = value;
  return made;
}
