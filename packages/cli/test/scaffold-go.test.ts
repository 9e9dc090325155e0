// `tenon new plugin --lang go`.
import { check, names } from "./scaffolds.ts";

check({
  lang: "go",
  main: "plugin.go",
  stub: /(func ValuesEcho\w+\((.*)\) .* \{\n\s*\/\/ Your code goes here\.\n\s*return )(.*)/g,
  echo: ([, , list = "", zero = ""]) => {
    const params = names(list, /(?:^|, )(\w+) /g);
    return params.length === 1 ? params[0]! : zero.replace("{}", `{${params.join(", ")}}`);
  },
  callbacks: [
    [/(func CallsCallHost\(n uint32\) uint32 \{\n.*\n\s*return )0/, "$1HostHostDouble(n)"],
    [
      /(func CallsReenter\(depth_ uint32\) uint32 \{\n.*\n\s*)return 0/,
      "$1if depth_ == 0 {\n\t\treturn 0\n\t}\n\treturn HostHostReenter(depth_-1) + 1",
    ],
  ],
});
