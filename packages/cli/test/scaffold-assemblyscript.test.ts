// `tenon new plugin --lang assemblyscript`.
import { check, names } from "./scaffolds.ts";

check({
  lang: "assemblyscript",
  main: "assembly/plugin.ts",
  stub: /(export function valuesEcho\w+\((.*)\): .* \{\n\s*\/\/ Your code goes here\.\n\s*return )(.*);/g,
  echo: ([, , list = "", zero = ""]) => {
    const params = names(list, /(?:^|, )(\w+): /g);
    return `${params.length === 1 ? params[0] : zero.replace(/\(.*\)$/, `(${params.join(", ")})`)};`;
  },
  callbacks: [
    [/^(\/\/ The plugin.*\n)/, '$1import { hostHostDouble, hostHostReenter } from "./contract";\n'],
    [/(export function callsCallHost\(.*\n.*\n\s*return )0;/, "$1hostHostDouble(n);"],
    [/(export function callsReenter\(.*\n.*\n\s*return )0;/, "$1depth == 0 ? 0 : hostHostReenter(depth - 1) + 1;"],
  ],
});
