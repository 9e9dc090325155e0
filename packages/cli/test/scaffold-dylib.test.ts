// `tenon new plugin --boundary dylib`, in the languages that make shared libraries.
import { check, names, RUST } from "./scaffolds.ts";

check({
  lang: "rust",
  boundary: "dylib",
  build: ["cargo", "build", "--release", "--quiet"],
  test: ["cargo", "test", "--release", "--quiet"],
  ...RUST,
});
check({
  lang: "c",
  boundary: "dylib",
  build: ["make", "CFLAGS=-O1 -Wall -Wextra -Werror"],
  main: "plugin.c",
  stub: /(values_echo_\w+\((.*)\) \{\n\s*)\/\/ Your code goes here\.\n(?:\s*\(void\)\w+;\n)+\s*return (.*);/g,
  echo: ([, , list = "", zero = ""]) => {
    const params = names(list, / (\w+)(?=,|$)/g);
    return `return ${params.length === 1 ? params[0] : `${zero.replace("{0}", "")}{${params.join(", ")}}`};`;
  },
  callbacks: [
    [/(calls_call_host\(.*\n.*\n.*\n\s*return )0;/, "$1host_double(n);"],
    [/(calls_reenter\(.*\n.*\n.*\n\s*return )0;/, "$1depth == 0 ? 0 : host_reenter(depth - 1) + 1;"],
  ],
});
