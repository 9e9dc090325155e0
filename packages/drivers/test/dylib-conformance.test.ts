import { describe, test } from "node:test";
import { runConformance, type ArtifactKind, type Skip } from "@tenon/verify";
import { dylibDriver } from "tenon/dylib";
import { HOLDS_THREAD, NO_CANCELLATION } from "./dylib-skips.ts";
import { COMPILERS, conformanceLibrary, lacks, trustOf } from "./native-plugins.ts";

const ONE_BY_ONE = "a library runs one call at a time, so that no others are in flight when one ends it";
const inProcess: readonly Skip[] = [
  { case: "crash/every call in flight rejects once, and the next one finds a new plugin", reason: ONE_BY_ONE },
];

for (const compiler of COMPILERS) {
  const { program } = compiler;
  const reason = lacks(compiler);
  if (reason !== false) {
    describe(`dylib built by ${program}`, () => test("conformance", { skip: reason }, () => {}));
    continue;
  }
  runConformance({
    driver: dylibDriver,
    title: `dylib inline, built by ${program}`,
    isolation: "inline",
    artifact: (kind: ArtifactKind) => {
      const library = conformanceLibrary(compiler, kind);
      return { library, trusted: trustOf(library) };
    },
    skips: [NO_CANCELLATION, ...HOLDS_THREAD],
  });
}

const [gcc] = COMPILERS;
if (gcc !== undefined && lacks(gcc) === false) {
  runConformance({
    driver: dylibDriver,
    title: "dylib in a process of its own",
    artifact: (kind: ArtifactKind) => ({ library: conformanceLibrary(gcc, kind) }),
    skips: [NO_CANCELLATION, ...inProcess],
  });
}
