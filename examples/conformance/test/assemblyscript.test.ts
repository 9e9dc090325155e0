// The conformance cases on a guest in AssemblyScript, as `tenon new plugin --lang assemblyscript` builds it.
import { buildGuest, runOnWasm } from "./guests.ts";

const files = { "assembly/plugin.ts": "assemblyscript/plugin.ts", "assembly/system.ts": "assemblyscript/system.ts" };
runOnWasm(buildGuest({ lang: "assemblyscript", boundary: "wasm", files }));
