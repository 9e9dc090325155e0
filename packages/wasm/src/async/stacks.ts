// Wasm frames that can wait for a promise (JSPI), without costing those calls anything that do not have to wait.
// A suspending import throws when it is called from a stack that cannot be suspended, even if nothing has to be waited
// for. So a small module stands between: it asks a plain import first, and suspends only when that has no answer yet.
import { TenonError } from "@tenon/contract/core";
import { section, text, uleb, vec } from "../binary/encode.ts";
import type { Bytes } from "../binary/encode.ts";
import type { CoreFunction } from "@tenon/abi/canonical";
import { engine } from "../webassembly.ts";
import type { WasmModule } from "../webassembly.ts";

const HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TYPES: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const modules = new Map<string, WasmModule>();

function codes(types: readonly string[]): Bytes {
  return vec(types.map((type) => [TYPES[type] ?? 0x7f]));
}

function moduleOf(key: string, make: () => Bytes): WasmModule {
  let made = modules.get(key);
  if (made === undefined) modules.set(key, (made = new engine.Module(Uint8Array.from(make()))));
  return made;
}

function exported(module: WasmModule, imports: Record<string, unknown>): CoreFunction {
  return new engine.Instance(module, { "": imports }).exports["f"] as CoreFunction;
}

export interface BlockingParts {
  /** Whether the result is there; it is kept until `take`. */
  readonly attempt: (...args: readonly unknown[]) => boolean;
  readonly take: () => unknown;
  /** The result when it comes. Called on a stack that will be suspended. */
  readonly wait: () => Promise<unknown>;
}

/** A core function that may have to wait. Where stacks cannot be suspended, `wait` throws in its place. */
export function blockingFunction(
  params: readonly string[],
  results: readonly string[],
  { attempt, take, wait }: BlockingParts,
): CoreFunction {
  const { Suspending } = engine;
  if (Suspending === undefined) {
    return (...args) => {
      if (!attempt(...args)) throw cannotSuspend();
      return take();
    };
  }
  const module = moduleOf(`block ${params.join()} ${results.join()}`, () => blockingModule(params, results));
  return exported(module, {
    a: (...args: readonly unknown[]) => Number(attempt(...args)),
    t: take,
    w: new Suspending(wait),
  });
}

/** `(func $f (if $attempt (then $take) (else $wait)))` */
function blockingModule(params: readonly string[], results: readonly string[]): Bytes {
  const types = vec([
    [0x60, ...codes(params), ...codes(["i32"])],
    [0x60, ...codes([]), ...codes(results)],
    [0x60, ...codes(params), ...codes(results)],
  ]);
  const imports = vec([
    [...text(""), ...text("a"), 0x00, 0],
    [...text(""), ...text("t"), 0x00, 1],
    [...text(""), ...text("w"), 0x00, 1],
  ]);
  const args = params.flatMap((_, index) => [0x20, ...uleb(index)]);
  // The type of the block is that of $take: nothing in, the results out.
  const body = [0x00, ...args, 0x10, 0x00, 0x04, 0x01, 0x10, 0x01, 0x05, 0x10, 0x02, 0x0b, 0x0b];
  return [...HEADER, ...section(1, types), ...section(2, imports), ...section(3, [1, 2]), ...exportF(3), ...code(body)];
}

function exportF(index: number): Bytes {
  return section(7, vec([[...text("f"), 0x00, ...uleb(index)]]));
}

function code(body: Bytes): Bytes {
  return section(10, vec([[...uleb(body.length), ...body]]));
}

/**
 * A core function on a stack of its own: gives a promise of its end, and tells `done` of its result before that, at once
 * when it did not have to wait.
 */
export function onOwnStack(
  core: CoreFunction,
  params: readonly string[],
  results: readonly string[],
  done: (result: unknown) => void,
): (...args: readonly unknown[]) => Promise<unknown> {
  const { promising } = engine;
  if (promising === undefined) throw cannotSuspend();
  const module = moduleOf(`stack ${params.join()} ${results.join()}`, () => stackModule(params, results));
  return promising(exported(module, { c: core, d: done }));
}

/** `(func $f ($done ($core ..)))` */
function stackModule(params: readonly string[], results: readonly string[]): Bytes {
  const types = vec([
    [0x60, ...codes(params), ...codes(results)],
    [0x60, ...codes(results), ...codes([])],
    [0x60, ...codes(params), ...codes([])],
  ]);
  const imports = vec([
    [...text(""), ...text("c"), 0x00, 0],
    [...text(""), ...text("d"), 0x00, 1],
  ]);
  const args = params.flatMap((_, index) => [0x20, ...uleb(index)]);
  const body = [0x00, ...args, 0x10, 0x00, 0x10, 0x01, 0x0b];
  return [...HEADER, ...section(1, types), ...section(2, imports), ...section(3, [1, 2]), ...exportF(2), ...code(body)];
}

/** What an asynchronous component lacks on this engine. */
export function cannotSuspend(): TenonError {
  return new TenonError(
    "boundary-unsupported",
    "the component has to wait, and this engine cannot suspend WebAssembly",
    {
      hint: "use a Node with WebAssembly.Suspending and WebAssembly.promising: 24.20 or later",
    },
  );
}
