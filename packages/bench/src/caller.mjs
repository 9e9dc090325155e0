// A function and its arguments -> a closure of its own code.

/**
 * Closures from one place in a text share what the engine learns of them, so that the second workload would run slower for
 * the first one; each of these calls its one function from its own place, as a host's code does.
 */
export function caller(func, args) {
  const names = args.map((_, i) => `arg${i}`);
  // oxlint-disable-next-line no-new-func -- a closure written here would share its call site with all others
  return new Function("func", ...names, `return () => func(${names.join(", ")});`)(func, ...args);
}
