// Subscriptions in a guest's memory to events: waits for clocks and for input, and blocks this thread meanwhile.
import { Fault, fault } from "../core/fault.ts";
import type { Descriptor } from "./descriptors.ts";
import { ERRNO, SUCCESS } from "./errno.table.ts";
import type { Guest, Operations } from "./guest.ts";
import { readClock } from "./process.ts";
import { RIGHT } from "./rights.ts";

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const MAX_SUBSCRIPTIONS = 4096;
/** Node cannot wait for a descriptor without giving up the thread, so input is looked for this often. */
const LOOK_MS = 5;
const ABSOLUTE = 1;

interface Event {
  readonly userdata: bigint;
  readonly type: number;
  readonly error: number;
  readonly bytes: bigint;
}
interface Waiting {
  readonly userdata: bigint;
  readonly type: number;
  /** For clocks: when, on the host's own clock, in milliseconds. */
  readonly dueMs: number;
  readonly input?: Descriptor & { readonly kind: "input" };
}

export function poll(guest: Guest): Operations {
  return {
    poll_oneoff(subscriptions: number, events: number, count: number, stored: number) {
      const { memory } = guest;
      const length = count >>> 0;
      if (length === 0 || length > MAX_SUBSCRIPTIONS) throw fault("inval");
      memory.slice(subscriptions, length * SUBSCRIPTION_BYTES);
      memory.slice(events, length * EVENT_BYTES);
      memory.slice(stored, 4);
      const found = waitFor(guest, subscriptions >>> 0, length);
      for (const [index, event] of found.entries()) {
        const at = (events >>> 0) + index * EVENT_BYTES;
        memory.slice(at, EVENT_BYTES).fill(0);
        memory.setU64(at, event.userdata);
        memory.setU16(at + 8, event.error);
        memory.setU8(at + 10, event.type);
        memory.setU64(at + 16, event.bytes);
      }
      memory.setU32(stored, found.length);
    },
  };
}

function waitFor(guest: Guest, subscriptions: number, count: number): readonly Event[] {
  const ready: Event[] = [];
  const waiting: Waiting[] = [];
  for (let index = 0; index < count; index++) {
    const result = subscribe(guest, subscriptions + index * SUBSCRIPTION_BYTES);
    if ("error" in result) ready.push(result);
    else waiting.push(result);
  }
  const hasInput = waiting.some((one) => one.input !== undefined);
  const dueMs = Math.min(...waiting.map((one) => one.dueMs));
  while (ready.length === 0) {
    ready.push(...arrived(waiting));
    if (ready.length > 0) break;
    const left = dueMs - performance.now();
    guest.context.clocks.sleep(hasInput ? Math.min(left, LOOK_MS) : left);
  }
  return ready;
}

function arrived(waiting: readonly Waiting[]): readonly Event[] {
  const now = performance.now();
  const isThere = (one: Waiting): boolean => (one.input === undefined ? one.dueMs <= now : one.input.stream.isReady());
  return waiting
    .filter(isThere)
    .map(({ userdata, type }) => ({ userdata, type, error: SUCCESS, bytes: type === 0 ? 0n : 1n }));
}

function subscribe(guest: Guest, at: number): Event | Waiting {
  const { memory } = guest;
  const userdata = memory.getU64(at);
  const type = memory.getU8(at + 8);
  try {
    if (type === 0) return { userdata, type, dueMs: performance.now() + delayOf(guest, at) };
    if (type !== 1 && type !== 2) throw fault("inval");
    const descriptor = guest.descriptors.get(memory.getU32(at + 16));
    if (descriptor.kind === "directory" || (descriptor.base & RIGHT.pollFdReadwrite) === 0) throw fault("notcapable");
    if (type === 1 && descriptor.kind === "input" && !descriptor.stream.isReady()) {
      return { userdata, type, dueMs: Number.POSITIVE_INFINITY, input: descriptor };
    }
    return { userdata, type, error: SUCCESS, bytes: bytesReady(descriptor, type) };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { userdata, type, error: ERRNO[thrown.code], bytes: 0n };
  }
}

/** Milliseconds from now; clocks that stand still let relative waits pass as ever. */
function delayOf(guest: Guest, at: number): number {
  const { memory } = guest;
  const now = readClock(guest, memory.getU32(at + 16));
  const timeout = memory.getU64(at + 24);
  const isAbsolute = (memory.getU16(at + 40) & ABSOLUTE) !== 0;
  return Number(isAbsolute ? timeout - now : timeout) / 1e6;
}

function bytesReady(descriptor: Descriptor, type: number): bigint {
  if (descriptor.kind !== "file" || type !== 1) return 1n;
  const left = descriptor.file.stat().size - BigInt(descriptor.position);
  return left > 0n ? left : 0n;
}
