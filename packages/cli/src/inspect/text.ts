// The text of a file -> what kind of source it is, by what is written in it; its name only decides between equals.
import { extname } from "node:path";

export interface TextFacts {
  readonly kind: string;
  readonly title: string;
  readonly boundaries: readonly string[];
  readonly details?: Readonly<Record<string, string>>;
}

const JS_EXTENSIONS: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"]);
const JS_SYNTAX =
  /^\s*(?:import\s+(?:[\w*{"']|type\s)|import\s*\(|export\s+(?:default|const|function|class|async|\{|\*|type|interface|let|var)|"use strict"|module\.exports\b|exports\.\w+\s*=|(?:const|let|var)\s[^=\n]+=\s*(?:require\s*\(|await\s+import))/m;
const LUA_SYNTAX =
  /^\s*(?:local\s+(?:function\s+)?[\w, ]+|function\s+[\w.:]+\s*\(.*\)\s*$|return\s+\{|require\s*\(?["'])/m;
const WIT_SYNTAX = /^\s*(?:package\s+[\w-]+:[\w/.:@-]+\s*[;{]|(?:interface|world)\s+%?[\w-]+\s*\{)/m;

/** Looks at the beginning of a text file; `path` is only for its extension. */
export function readText(head: string, path: string): TextFacts {
  const extension = extname(path).toLowerCase();
  const first = head.split("\n", 1)[0]?.trimEnd() ?? "";
  if (first.startsWith("#!")) return script(first, extension);
  const start = head.trimStart();
  if (/^\((?:module|component)\b/.test(withoutWatComments(start))) return fact("wat", "WebAssembly text", []);
  if (WIT_SYNTAX.test(head)) return fact("wit", "WIT text", []);
  if (/^[{[]/.test(start) && isJson(head)) return fact("json", "JSON text", []);
  const isJs = JS_SYNTAX.test(head);
  if (isJs && !(extension === ".lua" || extension === ".py")) return javascript(extension);
  if (LUA_SYNTAX.test(head) && !JS_EXTENSIONS.has(extension)) return fact("lua", "Lua source", ["lua"]);
  if (JS_EXTENSIONS.has(extension)) return javascript(extension);
  return fact("text", "text of no kind that Tenon knows", []);
}

function javascript(extension: string): TextFacts {
  const isTyped = extension.endsWith("ts");
  return fact(isTyped ? "typescript" : "javascript", isTyped ? "TypeScript module" : "JavaScript module", [
    "import",
    "worker",
  ]);
}

function script(first: string, extension: string): TextFacts {
  const line = first.slice(2).trim();
  const words = line.split(/\s+/);
  const program = words[0]?.endsWith("/env") ? words.find((word, index) => index > 0 && !/^-|=/.test(word)) : words[0];
  const name = program?.slice(program.lastIndexOf("/") + 1) ?? "";
  const details = { interpreter: line.slice(0, 200) };
  if (name.startsWith("lua")) return { ...fact("lua", "Lua script", ["stdio", "exec", "lua"]), details };
  const isNode = name === "node" || JS_EXTENSIONS.has(extension);
  return { ...fact("script", `${isNode ? "Node.js" : name || "unknown"} script`, ["stdio", "exec"]), details };
}

function withoutWatComments(text: string): string {
  return text.replace(/^(?:\s*;;[^\n]*\n|\s*\(;[\s\S]*?;\))*/, "").trimStart();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Cut off at the end of the head, or no JSON at all: the next rules decide.
    return false;
  }
}

function fact(kind: string, title: string, boundaries: readonly string[]): TextFacts {
  return { kind, title, boundaries };
}
