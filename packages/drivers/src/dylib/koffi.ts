// The optional package koffi -> the few calls of it that this boundary makes.
import { createRequire } from "node:module";
import { TenonError } from "@tenon/contract/core";
import { descriptorsExhausted, requireDescriptors } from "../_process/exhausted.ts";

/** Newer ones may bind otherwise. */
const VERSION = "3.3.4";

export type NativeFunction = (...args: unknown[]) => unknown;

export interface NativeLibrary {
  func(name: string, result: string, params: readonly string[]): NativeFunction;
}

/** A type as koffi has it; nothing here looks into one. */
type KoffiType = object;

export interface Koffi {
  /** `lazy` leaves missing functions to their first call, which ends the process. */
  load(path: string | null, options?: { readonly lazy: boolean }): NativeLibrary;
  proto(name: string, result: string, params: readonly string[]): KoffiType;
  pointer(type: KoffiType): KoffiType;
  /** The address of a C function that calls `callback`, which must not throw. */
  register(callback: (...args: never[]) => unknown, type: KoffiType): bigint;
  unregister(address: bigint): void;
  address(bytes: Uint8Array): bigint;
}

/** The types of the functions that `tenon_host_v1` has; a name can be given only once. */
export interface CallbackTypes {
  readonly call: KoffiType;
  readonly grow: KoffiType;
}

let types: CallbackTypes | undefined;

export function callbackTypes(koffi: Koffi): CallbackTypes {
  return (types ??= {
    call: koffi.pointer(koffi.proto("tenon_call_v1", "void", ["uint32_t", "uint32_t"])),
    grow: koffi.pointer(koffi.proto("tenon_grow_v1", "int32_t", ["uint32_t"])),
  });
}

let loaded: Promise<Koffi> | undefined;

/** Rejects with library-missing or resource-exhausted. */
export function loadKoffi(): Promise<Koffi> {
  return (loaded ??= importKoffi());
}

/** Throws library-missing or resource-exhausted, without loading native code where only a child will need it. */
export function requireKoffi(): void {
  // Without them Node 24 says of a package that it is not there.
  requireDescriptors("find koffi");
  try {
    createRequire(import.meta.url).resolve("koffi");
  } catch (thrown) {
    throw missing(thrown);
  }
}

async function importKoffi(): Promise<Koffi> {
  try {
    requireDescriptors("load koffi");
    const module = (await import("koffi")) as unknown as { readonly default: Koffi };
    return module.default;
  } catch (thrown) {
    loaded = undefined;
    if (thrown instanceof TenonError) throw thrown;
    throw descriptorsExhausted(thrown, "load koffi") ?? missing(thrown);
  }
}

function missing(cause: unknown): TenonError {
  return new TenonError("library-missing", "the `dylib` boundary needs the package koffi", {
    hint: `install it: npm install koffi@${VERSION}`,
    sideEffects: "none",
    cause,
  });
}
