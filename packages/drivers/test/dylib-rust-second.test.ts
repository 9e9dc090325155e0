// The same Rust source by another version of the compiler: what crosses is C, whatever Rust's own ABI is.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { runConformance } from "@tenon/verify";
import { dylibDriver } from "tenon/dylib";
import { HOLDS_THREAD, LOADS, NO_CANCELLATION } from "./dylib-skips.ts";
import { trustOf } from "./native-plugins.ts";
import { buildRust, rustCompilers } from "./rust-plugins.ts";

const [, second] = rustCompilers();
if (second === undefined) {
  test("dylib by a second Rust compiler", { skip: process.env["CI"] !== "true" && "there is no second rustc" }, () =>
    assert.fail("CI installs another beside the first"),
  );
} else {
  runConformance({
    driver: dylibDriver,
    title: `dylib inline, built by ${second.version}`,
    isolation: "inline",
    artifact: () => {
      const library = join(buildRust(second), "libconformance.so");
      return { library, trusted: trustOf(library) };
    },
    skips: [...HOLDS_THREAD, NO_CANCELLATION, LOADS],
  });
}
