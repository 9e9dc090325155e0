// The conformance cases on a guest in C, as `tenon new plugin --lang c --boundary wasm` builds it.
import { buildGuest, runOnWasm } from "./guests.ts";

runOnWasm(buildGuest({ lang: "c", boundary: "wasm", files: { "plugin.c": "c/plugin.c", "system.h": "c/system.h" } }));
