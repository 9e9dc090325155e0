// The `$` nodes of a result: choices, loops, line patterns, files and the program's output -> parts of the value.
import { formatType, fromJson, parseWave } from "@tenon/abi";
import { TenonError, type ValueType } from "@tenon/contract/core";
import { existsSync } from "node:fs";
import { compileChoice } from "./condition.ts";
import { fileSize, listFiles } from "./files.ts";
import { bound, type Here } from "./here.ts";
import { cleanLines, compileSequence, findSequences } from "./lines.ts";
import { resolveReference } from "./reference.ts";
import { integerValue, isInteger, type Make } from "./scalar.ts";
import { compileText } from "./template.ts";

type Compile = (json: unknown, type: ValueType, here: Here) => Make;

const INSTRUCTIONS = ["$if", "$match", "$each", "$lines", "$files", "$size", "$exists", "$stdout"];

/** Whether a node is an instruction; no WIT label starts with a dollar sign. */
export function isInstruction(json: unknown): json is Readonly<Record<string, unknown>> {
  return (
    typeof json === "object" &&
    json !== null &&
    !Array.isArray(json) &&
    Object.keys(json).some((key) => key.startsWith("$"))
  );
}

export function compileInstruction(
  json: Readonly<Record<string, unknown>>,
  type: ValueType,
  here: Here,
  compile: Compile,
): Make {
  const choice = compileChoice<Make>(json, "$", here, (branch, place) => compile(branch, type, place), undefined);
  if (choice !== undefined) {
    return (frame) => {
      const [make, inner] = choice(frame);
      return make(inner);
    };
  }
  const has = (key: string): boolean => Object.hasOwn(json, key);
  if (has("$each")) return each(json, type, here, compile);
  if (has("$lines")) return lines(json, type, here, compile);
  if (has("$files")) return files(json, type, here, compile);
  if (has("$size")) return size(json, type, here);
  if (has("$exists")) return exists(json, type, here);
  if (has("$stdout")) return stdout(json, type, here);
  return here.refuse("is no known instruction", `use ${INSTRUCTIONS.join(", ")}`);
}

function elementOf(type: ValueType, here: Here): ValueType {
  if (type.kind !== "list") here.refuse(`gives a list where a ${formatType(type)} is needed`);
  return type.element;
}

function each(json: unknown, type: ValueType, here: Here, compile: Compile): Make {
  const node = here.object(json, ["$each", "as", "item"], ["as", "item"]);
  const place: Here = here.at("$each");
  const list = resolveReference(place.string(node["$each"]), place);
  if (list.type.kind !== "list") place.refuse(`is ${list.path}, which is no list`);
  const name = here.at("as").string(node["as"]);
  const make = compile(node["item"], elementOf(type, here), here.at("item").bind(name, list.type.element));
  return (frame) => Array.from(list.get(frame) as Iterable<unknown>, (item) => make(bound(frame, name, item)));
}

/** `patterns` is a list, or the name of one in the manifest; `else` is the list when no line matches. */
function lines(json: unknown, type: ValueType, here: Here, compile: Compile): Make {
  const node = here.object(json, ["$lines", "patterns", "else"], ["patterns"]);
  const source = compileText(`{${here.at("$lines").string(node["$lines"])}}`, here.at("$lines"));
  const element = elementOf(type, here);
  const name = node["patterns"];
  const place = typeof name === "string" ? here.at("patterns").at(name) : here.at("patterns");
  if (typeof name === "string" && !Object.hasOwn(here.patterns, name))
    here
      .at("patterns")
      .refuse(
        `is ${JSON.stringify(name)}, which the manifest does not have`,
        `use ${Object.keys(here.patterns).join(", ") || "a list"}`,
      );
  const list = place.list(typeof name === "string" ? here.patterns[name] : name);
  const parts = list.map((part, index) => {
    const at = place.at(index);
    const { line, item } = at.object(part, ["line", "item"], ["line", "item"]);
    const sequence = compileSequence(line, at.at("line"));
    const inner = [...sequence.captures].reduce((so, [capture, of]) => so.bind(capture, of), at.at("item"));
    return { sequence, make: compile(item, element, inner) };
  });
  const otherwise = node["else"] === undefined ? undefined : compile(node["else"], type, here.at("else"));
  return (frame) => {
    const items: unknown[] = [];
    const sequences = parts.map(({ sequence }) => sequence);
    findSequences(cleanLines(source.render(frame)), sequences, (index, captures) => {
      items.push(parts[index]!.make(Object.assign(Object.create(frame) as Record<string, unknown>, captures)));
    });
    return items.length === 0 && otherwise !== undefined ? otherwise(frame) : items;
  };
}

const FILE: ValueType = {
  kind: "record",
  fields: [
    { name: "path", type: { kind: "string" } },
    { name: "size", type: { kind: "u64" } },
  ],
};

/** Regular files below a folder, sorted; each is `file` with `path` (relative, with `/`) and `size`. */
function files(json: unknown, type: ValueType, here: Here, compile: Compile): Make {
  const node = here.object(json, ["$files", "match", "except", "item"], ["match", "item"]);
  const folder = compileText(here.at("$files").string(node["$files"]), here.at("$files"));
  const globs = (key: "match" | "except"): string[] =>
    here
      .at(key)
      .list(node[key] ?? [])
      .map((glob, index) => here.at(key).at(index).string(glob));
  const [match, except] = [globs("match"), globs("except")];
  const make = compile(node["item"], elementOf(type, here), here.at("item").bind("file", FILE));
  return (frame) => listFiles(folder.render(frame), match, except).map((file) => make(bound(frame, "file", file)));
}

function size(json: unknown, type: ValueType, here: Here): Make {
  const path = compileText(here.at("$size").string(here.object(json, ["$size"])["$size"]), here.at("$size"));
  if (!isInteger(type)) here.refuse(`gives a size where a ${formatType(type)} is needed`);
  return (frame) => integerValue(type, fileSize(path.render(frame)), here.place);
}

function exists(json: unknown, type: ValueType, here: Here): Make {
  const path = compileText(here.at("$exists").string(here.object(json, ["$exists"])["$exists"]), here.at("$exists"));
  if (type.kind !== "bool") here.refuse(`gives a bool where a ${formatType(type)} is needed`);
  return (frame) => existsSync(path.render(frame));
}

/** `true` for all that the program printed, or a dotted path into its JSON. */
function stdout(json: unknown, type: ValueType, here: Here): Make {
  const path = here.object(json, ["$stdout"])["$stdout"];
  if (path !== true && typeof path !== "string")
    here.at("$stdout").refuse("must be true or a path into the printed JSON");
  const mode = here.stdout;
  if (mode === undefined) here.refuse("uses the program's output where no program has run");
  if (typeof path === "string" && mode !== "json")
    here.at("$stdout").refuse(`is a path, and stdout is ${mode}`, 'set "stdout": "json"');
  if (mode === "json") {
    const steps = typeof path === "string" ? path.split(".") : [];
    const label = ["stdout", ...steps].join(".");
    return (frame) => fromJson(type, pick(frame["%json"], steps), label, { code: "protocol-error" });
  }
  if (mode === "wave") return (frame) => waveValue(type, frame["stdout"] as string);
  if (mode === "bytes" && type.kind === "list" && type.element.kind === "u8") return (frame) => frame["%bytes"];
  if (mode === "text" && type.kind === "string") return (frame) => frame["stdout"];
  return here.refuse(`reads stdout as ${mode} into a ${formatType(type)}`, 'set "stdout" to "json" or "wave"');
}

/** What is not there is undefined, which is none for an option and a fault for everything else. */
function pick(json: unknown, steps: readonly string[]): unknown {
  return steps.reduce(
    (so, step) =>
      typeof so === "object" && so !== null && Object.hasOwn(so, step)
        ? (so as Record<string, unknown>)[step]
        : undefined,
    json,
  );
}

function waveValue(type: ValueType, text: string): unknown {
  try {
    return parseWave(type, text.trim());
  } catch (error) {
    const { what } = TenonError.from(error);
    throw new TenonError("protocol-error", `stdout is no WAVE text of ${formatType(type)}: ${what}`, {
      hint: "make the program print the value alone",
      cause: error,
    });
  }
}
