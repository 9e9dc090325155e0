// `tenon new plugin --lang rust --boundary component`.
import { check } from "./scaffolds.ts";

check({
  lang: "rust",
  boundary: "component",
  main: "src/lib.rs",
  stub: /(fn echo_\w+\(.*\) -> .* \{\n\s*\/\/ Your code goes here\.\n)\s*let _ = (.*);\n.*/g,
  echo: ([, , list = ""]) => list,
  callbacks: [
    [/(fn call_host\(n: u32\) -> u32 \{\n.*\n.*\n\s*)0/, "$1tenon::conformance::host::double(n)"],
    [
      /(fn reenter\(depth: u32\) -> u32 \{\n.*\n.*\n\s*)0/,
      "$1if depth == 0 { 0 } else { tenon::conformance::host::reenter(depth - 1) + 1 }",
    ],
  ],
});
