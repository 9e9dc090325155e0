// What shared libraries cannot show, and why; in every language.
import type { Skip } from "@tenon/verify";

export const NO_CANCELLATION: Skip = {
  case: "cancel/the plugin is told",
  reason: "the C ABI has no way to tell a library of a cancellation",
};

const NO_PROMISES = "a library on the host's own thread cannot wait for a promise of the host's";
const HOLDS = "a call holds the host's thread until it is over";

/** Of libraries inline. */
export const HOLDS_THREAD: readonly Skip[] = [
  { case: "callbacks/a host function that answers later", reason: NO_PROMISES },
  { case: "callbacks/host and plugin call each other ten levels deep", reason: NO_PROMISES },
  { case: "callbacks/many at once", reason: NO_PROMISES },
  { case: "cancel/the caller is free at once", reason: HOLDS },
  { case: "close/with calls in flight settles each of them", reason: HOLDS },
];

/** Of what Rust is. */
export const COMPILES: Skip = {
  case: "load/a plugin that lacks functions is refused with their names",
  reason: "Rust does not compile a trait that is implemented in part",
};
/** For builds of one source after the first one. */
export const LOADS: Skip = {
  case: "load/*",
  reason: "what does not load is shown with the first build of this source",
};
