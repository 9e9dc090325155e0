// The conformance cases on a guest in Go, as `tenon new plugin --lang go` builds it.
import { buildGuest, runOnWasm } from "./guests.ts";

const EXITS = "a panic of Go prints its text and exits, so that it is plugin-crashed and not plugin-trap";
runOnWasm(buildGuest({ lang: "go", boundary: "wasm", files: { "plugin.go": "go/plugin.go" } }), [
  { case: "failures/a throw is plugin-trap with the plugin's own text", reason: EXITS },
  { case: "calls/synchronous ones return the value itself", reason: EXITS },
]);
