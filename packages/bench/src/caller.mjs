// A function and its arguments -> a closure of its own code.

let made = 0;

/**
 * Closures from one place in a text share what the engine learns of them, so that the second workload would run slower for
 * the first one; each of these calls its one function from its own place, as a host's code does. The engine knows texts
 * again that it has compiled before, and their closures with them; so each text has a number of its own.
 */
export function caller(func, { args, turns }) {
  if (turns !== undefined) return takingTurns(func, turns);
  const names = args.map((_, i) => `arg${i}`);
  const text = `return () => func(${names.join(", ")}); // ${made++}`;
  // oxlint-disable-next-line no-new-func -- a closure written here would share its call site with all others
  return new Function("func", ...names, text)(func, ...args);
}

/** The same for a function of one argument, which is another one at each call; `turns` are a power of two. */
function takingTurns(func, turns) {
  const text = `let at = 0; return () => func(turns[at++ & ${turns.length - 1}]); // ${made++}`;
  // oxlint-disable-next-line no-new-func -- as above
  return new Function("func", "turns", text)(func, turns);
}
