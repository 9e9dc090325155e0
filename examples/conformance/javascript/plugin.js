// contracts/conformance in JavaScript: every value goes back as it came. A function that returns a result returns its value, or throws its error.
import { broken, double, doubleLater, note, reenter } from "tenon:conformance/host@0.1.0";

/** What a function that returns a result does: its value, or its error thrown. */
function unwrap(result) {
  if (result.tag === "err") throw result.val;
  return result.val;
}

export const values = {
  echoAwkward(value) {
    return value;
  },

  echoBool(value) {
    return value;
  },

  echoBoolList(value) {
    return value;
  },

  echoBytes(value) {
    return value;
  },

  echoChar(value) {
    return value;
  },

  echoColour(value) {
    return value;
  },

  echoDeep(value) {
    return value;
  },

  echoF32(value) {
    return value;
  },

  echoF64(value) {
    return value;
  },

  echoF64List(value) {
    return value;
  },

  // Returns all its arguments: more of them than the canonical ABI passes one by one.
  echoMany(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r) {
    return [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r];
  },

  echoManyFlags(value) {
    return value;
  },

  echoNestedList(value) {
    return value;
  },

  echoNestedOption(value) {
    return value;
  },

  echoOption(value) {
    return value;
  },

  echoOptionRecord(value) {
    return value;
  },

  echoPermissions(value) {
    return value;
  },

  echoPerson(value) {
    return value;
  },

  echoRecordList(value) {
    return value;
  },

  echoResult(value) {
    return unwrap(value);
  },

  echoResultEmpty(value) {
    return unwrap(value);
  },

  echoResultErrOnly(value) {
    return unwrap(value);
  },

  echoResultOkOnly(value) {
    return unwrap(value);
  },

  echoS16(value) {
    return value;
  },

  echoS32(value) {
    return value;
  },

  echoS64(value) {
    return value;
  },

  echoS64List(value) {
    return value;
  },

  echoS8(value) {
    return value;
  },

  echoScalars(value) {
    return value;
  },

  echoShape(value) {
    return value;
  },

  echoString(value) {
    return value;
  },

  echoStringList(value) {
    return value;
  },

  echoTuple(value) {
    return value;
  },

  echoU16(value) {
    return value;
  },

  echoU32(value) {
    return value;
  },

  echoU32List(value) {
    return value;
  },

  echoU64(value) {
    return value;
  },

  echoU8(value) {
    return value;
  },

  // Takes nothing and returns nothing.
  nothing() {
    // Nothing.
  },
};

export const calls = {
  // Returns `n` bytes; the byte at index i is `i % 251`.
  big(n) {
    return Uint8Array.from({ length: n }, (_, index) => index % 251);
  },

  // Returns `host.double(n)`.
  callHost(n) {
    return double(n);
  },

  // Returns `host.double-later(n)`.
  callHostAsync(n) {
    return doubleLater(n);
  },

  // Calls `host.broken()` and lets the failure pass through.
  callHostFailing() {
    return broken();
  },

  // Ends the plugin's process, thread or instance with this exit code, without an answer.
  exit(code) {
    throw new Error(`a component without WASI cannot exit with ${code}`);
  },

  // Throws or traps, with `message` where the language has messages.
  fail(message) {
    throw new Error(message);
  },

  // Prints `lines` lines of 80 characters to standard output and error, as fast as it can, and returns.
  flood(lines) {
    for (let line = 0; line < lines; line++) console.log("flood ".repeat(13));
  },

  // Returns at once, then throws outside of any call.
  lateThrow() {
    // Nothing of a component runs when no call does.
  },

  // Prints each line on its own to standard output, or to the log where there is no standard output.
  logLines(lines) {
    for (const line of lines) console.log(line);
  },

  // Returns 0 for depth 0; else calls `host.reenter(depth - 1)` and returns its result plus 1.
  reenter(depth) {
    return depth === 0 ? 0 : reenter(depth - 1) + 1;
  },

  // Returns `ms` after that many milliseconds.
  sleep(ms) {
    throw new Error(`a component without WASI has no clock for ${ms} ms`);
  },

  // Never returns and never gives way.
  spin() {
    for (;;);
  },

  // Waits until the call is cancelled, at most `ms`; then calls `host.note("cancelled")` or `host.note("waited")`.
  waitCancel(ms) {
    note(`waited ${ms} ms`);
  },
};
