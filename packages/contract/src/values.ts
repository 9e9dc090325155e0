// The two generic shapes that generated types refer to; everything else in a contract maps to plain TypeScript.

/**
 * A WIT `result<T, E>`: always a value, never an exception, so that the caller handles a plugin's own error like any
 * other data. An absent payload is `void` here, and such an arm has no `val`.
 */
export type Result<T, E> =
  | ([T] extends [void] ? { tag: "ok"; val?: undefined } : { tag: "ok"; val: T })
  | ([E] extends [void] ? { tag: "err"; val?: undefined } : { tag: "err"; val: E });

/** A WIT `option` of another option, where `undefined` could not tell the two apart. Plain options are `T | undefined`. */
export type Option<T> = { tag: "none" } | { tag: "some"; val: T };
