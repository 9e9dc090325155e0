// A piece of work -> what it took of time and memory, as far as a running engine tells.
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Cost {
  readonly ms: number;
  /** Growth of the heap and of what it holds outside of it. Too low where garbage was collected in between. */
  readonly bytes: number;
}

export function costOf(work: () => unknown): Cost {
  const before = usedBytes();
  const started = performance.now();
  // Held until the memory was read: a result is part of what its input costs.
  const result = work();
  const ms = performance.now() - started;
  const bytes = usedBytes() - before;
  return { ms, bytes: result === work ? 0 : bytes };
}

/** As `costOf`, with nothing left of what ran before, so that freeing it does not hide what this takes. Slow. */
export function exactCostOf(work: () => unknown): Cost {
  collect ??= collector();
  collect();
  return costOf(work);
}

let collect: (() => void) | undefined;
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

function usedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
