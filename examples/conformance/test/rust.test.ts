// The conformance cases on a guest in Rust, as `tenon new plugin --lang rust` builds it: as a core module and as a component.
import { componentDriver } from "@tenon/drivers/component";
import { runConformance } from "@tenon/verify";
import { buildGuest, COMPONENT, runOnWasm } from "./guests.ts";

const files = { "src/lib.rs": "rust/lib.rs", "Cargo.lock": "rust/Cargo.lock" };
runOnWasm(buildGuest({ lang: "rust", boundary: "wasm", files: { ...files, "src/system.rs": "rust/system_wasi.rs" } }));

const component = buildGuest({
  lang: "rust",
  boundary: "component",
  files: { ...files, "src/system.rs": "rust/system.rs" },
});
if (component !== undefined) {
  runConformance({
    driver: componentDriver,
    title: "component in Rust",
    artifact: () => ({ module: component }),
    skips: [
      ...COMPONENT,
      {
        case: "load/a plugin that lacks functions is refused with their names",
        reason: "`tenon wrap` makes no such component",
      },
    ],
  });
}
