// One Rust source as a shared library and as a program, built by the compiler that cargo takes by itself.
import { join } from "node:path";
import { describe, test } from "node:test";
import { hasSandbox } from "@tenon/drivers/sandbox";
import { stdioDriver } from "@tenon/drivers/stdio";
import { runConformance, type ArtifactKind } from "@tenon/verify";
import { dylibDriver } from "tenon/dylib";
import { COMPILES, HOLDS_THREAD, LOADS, NO_CANCELLATION } from "./dylib-skips.ts";
import { trustOf } from "./native-plugins.ts";
import { buildRust, rustCompilers } from "./rust-plugins.ts";

const [first] = rustCompilers();
if (first === undefined) {
  describe("dylib in Rust", () => test("conformance", { skip: "there is no rustc, or this is not Linux" }, () => {}));
} else {
  runConformance({
    driver: dylibDriver,
    title: `dylib inline, built by ${first.version}`,
    isolation: "inline",
    artifact: (kind: ArtifactKind) => {
      const library = join(buildRust(first, kind), "libconformance.so");
      return { library, trusted: trustOf(library) };
    },
    skips: [...HOLDS_THREAD, NO_CANCELLATION, COMPILES],
  });
  const program = {
    driver: stdioDriver,
    artifact: () => ({ command: [join(buildRust(first), "conformance")] }),
    skips: [
      NO_CANCELLATION,
      LOADS,
      {
        case: "crash/every call in flight rejects once, and the next one finds a new plugin",
        reason: "the program serves one call at a time",
      },
    ],
  };
  runConformance({ ...program, title: "stdio, the same Rust source as a program" });
  const title = "stdio in a sandbox, the same program";
  if (hasSandbox({ processes: false, network: false }))
    runConformance({ ...program, title, sandbox: { folder: "/nowhere", hasSandbox } });
  else test(title, { skip: "no sandbox works here; tenon doctor says why" }, () => {});
}
