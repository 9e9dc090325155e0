// How resources cross: a driver turns its objects into numbers and back; the codecs only place the numbers.
import { TenonError } from "@tenon/contract/base";
import type { HandleType } from "@tenon/contract/core";

/**
 * Given at codec creation by whoever owns the handle tables. `type` says which resource, who implements it, and whether
 * it is given away (`own`) or lent for the call (`borrow`).
 * Both methods throw `handle-invalid` for handles that are unknown, foreign, stale or already dropped.
 * On the wire a handle is wRPC's opaque `list<u8>`, here always 4 bytes holding a little-endian u32.
 */
export interface HandleCodec {
  lower(value: unknown, type: HandleType): number;
  lift(handle: number, type: HandleType): unknown;
}

/** Stands in where no handle codec was given: a contract with resources still loads, only such calls fail. */
export const NO_HANDLES: HandleCodec = {
  lower: (_value, type) => refuse(type.resource),
  lift: (_handle, type) => refuse(type.resource),
};

function refuse(resource: string): never {
  throw new TenonError("boundary-unsupported", `this boundary does not carry resources (${resource})`);
}

/** Streams and futures need a session that moves chunks beside the call; no byte boundary has one yet. */
export function refuseStream(kind: string): never {
  throw new TenonError("boundary-unsupported", `this boundary does not carry values of type ${kind}`, {
    hint: "pass a list, or use a boundary whose traits include streams",
  });
}
