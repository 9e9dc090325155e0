// The compiled modules -> one instance of Lua: its memory, its fuel, and text in and out of it.
import { Budget } from "@tenon/abi";
import { engine } from "@tenon/wasm";
import type { WasmInstance, WasmMemory } from "@tenon/wasm";
import { FuelGauge } from "@tenon/wasm/limits";
import type { LuaApi, LuaThread } from "./api.ts";
import type { LuaEngine } from "./engine.ts";
import { LuaHalt, luaImports, outOfMemory } from "./environment.ts";

export interface MachineOptions {
  readonly memoryBytes: number;
  /** Ticks until the first `fill` of the gauge; 0 where the engine is not metered. */
  readonly fuel: number;
  /** Bytes that one call's values may take in the host. */
  readonly maxLiftBytes: number;
  /** Keys of tables that codecs refer to by their offset. */
  readonly keys: Uint8Array;
  /**
   * Called by Lua: a host function by its number, with its only argument if that is a number, else NaN; the same for one
   * whose result is a scalar, which is what it returns; and the continuation of one that answered later.
   */
  readonly onCall: (L: LuaThread, index: number, first: number) => number;
  readonly onScalarCall: (L: LuaThread, index: number, first: number) => number;
  readonly onResumed: (L: LuaThread) => number;
}

interface Table {
  grow(by: number): number;
  set(index: number, func: unknown): void;
}

/** Node's own decoders, which its types leave out. */
interface Bytes extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

/** Room for text on its way in; longer text gets room of its own. */
const TEXT_BYTES = 16 * 1024;
const SCRATCH_BYTES = 16;

export class Machine {
  readonly api: LuaApi;
  readonly main: LuaThread;
  readonly budget: Budget;
  readonly gauge: FuelGauge | undefined;
  /** Where `MachineOptions.keys` stands in the memory. */
  readonly keys: number;
  /** Where the C API's results through pointers go, as an index into `words`. */
  readonly scratch: number;
  /** In Lua's function table. */
  readonly callIndex: number;
  readonly resumedIndex: number;
  readonly #memory: WasmMemory;
  readonly #text: number;
  #bytes: Bytes;
  #words: Int32Array;
  #doubles: Float64Array;

  constructor({ lua, jump, bridge }: LuaEngine, options: MachineOptions) {
    const jumps = new engine.Instance(jump, {}).exports;
    const own = new engine.Instance(
      lua,
      luaImports(jumps, () => this.#memory),
    ).exports;
    this.#memory = own["memory"] as WasmMemory;
    this.#bytes = Buffer.from(this.#memory.buffer) as Bytes;
    this.#words = new Int32Array(this.#memory.buffer);
    this.#doubles = new Float64Array(this.#memory.buffer);
    this.gauge = options.fuel > 0 ? new FuelGauge(own) : undefined;
    this.gauge?.fill(options.fuel);
    (own["__wasm_call_ctors"] as () => void)();
    const bridged = this.#bridge(own, jumps, { module: bridge, options });
    this.api = Object.assign(Object.create(null) as object, own, bridged) as unknown as LuaApi;
    const table = own["__indirect_function_table"] as Table;
    const first = table.grow(3);
    for (const [index, name] of ["alloc", "call", "resumed"].entries()) table.set(first + index, bridged[name]);
    this.callIndex = first + 1;
    this.resumedIndex = first + 2;
    const base = this.#allocate(SCRATCH_BYTES + TEXT_BYTES + options.keys.length);
    this.scratch = base >> 2;
    this.#text = base + SCRATCH_BYTES;
    this.keys = this.#text + TEXT_BYTES;
    this.#bytes.set(options.keys, this.keys);
    this.api.setup(base, options.memoryBytes);
    this.budget = new Budget({ maxBytes: options.maxLiftBytes });
    this.main = this.api.lua_newstate(first, 0);
    if (this.main === 0) throw new LuaHalt(outOfMemory());
  }

  #bridge(
    lua: Readonly<Record<string, unknown>>,
    jump: Readonly<Record<string, unknown>>,
    { module, options }: { readonly module: LuaEngine["bridge"]; readonly options: MachineOptions },
  ): WasmInstance["exports"] {
    const host = { call: options.onCall, scalar: options.onScalarCall, resumed: options.onResumed };
    return new engine.Instance(module, { lua: { ...lua }, jump: { ...jump }, host }).exports;
  }

  /** Bytes of Lua's heap. */
  get heapBytes(): number {
    return this.api.used();
  }

  /** The memory as it is now; growing it takes the old view's bytes away. */
  get bytes(): Bytes {
    if (this.#bytes.length === 0) this.#bytes = Buffer.from(this.#memory.buffer) as Bytes;
    return this.#bytes;
  }

  /** The result that `call_scalars` left. */
  get scalar(): number {
    if (this.#doubles.length === 0) this.#doubles = new Float64Array(this.#memory.buffer);
    return this.#doubles[(this.scratch >> 1) + 1] as number;
  }

  get words(): Int32Array {
    if (this.#words.length === 0) this.#words = new Int32Array(this.#memory.buffer);
    return this.#words;
  }

  /** Pushes text, which must be free of lone surrogates. */
  pushText(L: LuaThread, text: string): void {
    const { length } = text;
    if (length <= SHORT_TEXT && this.#pushShort(L, text, length)) return;
    const isShort = length * 3 <= TEXT_BYTES;
    const address = isShort ? this.#text : this.#allocate(Buffer.byteLength(text));
    try {
      this.api.lua_pushlstring(L, address, this.bytes.write(text, address));
    } finally {
      if (address !== this.#text) this.api.free(address);
    }
  }

  pushBytes(L: LuaThread, bytes: Uint8Array): void {
    const { length } = bytes;
    const address = length <= TEXT_BYTES ? this.#text : this.#allocate(length);
    try {
      this.bytes.set(bytes, address);
      this.api.lua_pushlstring(L, address, length);
    } finally {
      if (address !== this.#text) this.api.free(address);
    }
  }

  /** Lends a C string; `use` must not call anything that pushes text. */
  withText<T>(text: string, use: (address: number, length: number) => T): T {
    const address = this.#allocate(text.length * 3 + 1);
    try {
      const length = this.bytes.write(text, address);
      this.bytes[address + length] = 0;
      return use(address, length);
    } finally {
      this.api.free(address);
    }
  }

  /** The text of the string at `index`: undefined where there is none, null where it is not UTF-8. Charges the budget. */
  readText(L: LuaThread, index: number): string | null | undefined {
    const start = this.api.to_string(L, index);
    if (start === 0) return undefined;
    const length = this.words[this.scratch] as number;
    this.budget.chargeString(length);
    const { bytes } = this;
    if (length <= SHORT_TEXT) {
      let bits = 0;
      for (let at = start; at < start + length; at++) bits |= bytes[at] as number;
      if (bits < 0x80) return bytes.latin1Slice(start, start + length);
    }
    const text = bytes.utf8Slice(start, start + length);
    // This read replaces what is not UTF-8; text that has the replacement itself is rare enough to be read twice.
    return text.includes("\ufffd") ? decode(bytes.subarray(start, start + length)) : text;
  }

  /** A copy of the bytes of the string at `index`, or undefined where there is none. Charges the budget. */
  readBytes(L: LuaThread, index: number, atMost: number = Infinity): Uint8Array | undefined {
    const start = this.api.to_string(L, index);
    if (start === 0) return undefined;
    const length = Math.min(this.words[this.scratch] as number, atMost);
    this.budget.chargeString(length);
    return new Uint8Array(this.bytes.subarray(start, start + length));
  }

  #pushShort(L: LuaThread, text: string, length: number): boolean {
    const { bytes } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[this.#text + index] = code;
    }
    this.api.lua_pushlstring(L, this.#text, length);
    return true;
  }

  #allocate(bytes: number): number {
    const address = this.api.malloc(bytes) >>> 0;
    if (address === 0) throw new LuaHalt(outOfMemory());
    return address;
  }
}

/** Up to here a loop over characters beats one call into the engine. */
const SHORT_TEXT = 24;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    // The decoder is fatal and says only that something is wrong.
    return null;
  }
}
