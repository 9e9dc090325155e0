import { describe, test } from "node:test";
import { runFaults } from "@tenon/verify/faults";
import { dylibDriver } from "tenon/dylib";
import { skipsOf } from "./faults-runs.ts";
import { faultsLibrary, lacksFaultsLibrary } from "./native-plugins.ts";

const reason = lacksFaultsLibrary();

if (reason === false) {
  runFaults({
    driver: dylibDriver,
    title: "dylib in a process of its own",
    artifact: (kind) => ({ library: faultsLibrary(kind) }),
    skips: skipsOf(dylibDriver),
  });
} else {
  describe("faults of dylib", () => test("faults", { skip: reason }, () => {}));
}
