// `if` and `match` of arguments and values -> a choice among compiled branches.
import { existsSync } from "node:fs";
import type { ValueType } from "@tenon/contract/core";
import { matchesGlob } from "./glob.ts";
import { bound, type Frame, type Here } from "./here.ts";
import { resolveReference } from "./reference.ts";
import { compileText } from "./template.ts";

interface Condition {
  /** The frame in which `then` runs, or undefined when the condition does not hold. */
  readonly test: (frame: Frame) => Frame | undefined;
  readonly held: Here;
  readonly otherwise: Here;
}

const STRING: ValueType = { kind: "string" };

function compileCondition(json: unknown, here: Here): Condition {
  if (typeof json === "string")
    return json.startsWith("!") ? inverted(isThere(json.slice(1), here)) : isThere(json, here);
  const keys = Object.keys(here.record(json));
  if (keys.includes("any")) return anyFile(json, here);
  if (keys.includes("exists")) return fileExists(json, here);
  if (keys.includes("is")) return isText(json, here);
  if (keys.includes("all")) return allOf(json, here);
  if (keys.includes("not")) return inverted(compileCondition(here.object(json, ["not"])["not"], here.at("not")));
  return here.refuse("is no condition", 'use a path, {"any", "of"}, {"exists"}, {"is", "value"}, {"all"} or {"not"}');
}

/** A path: a true bool, an option that is there, a text or list that is not empty. */
function isThere(path: string, here: Here): Condition {
  const { type, get } = resolveReference(path, here);
  const same = { held: here, otherwise: here };
  if (type.kind === "option")
    return {
      test: (frame) => (get(frame) === undefined ? undefined : frame),
      held: here.having(path),
      otherwise: here,
    };
  if (type.kind === "bool") return { ...same, test: (frame) => (get(frame) === true ? frame : undefined) };
  if (type.kind === "string" || type.kind === "list")
    return { ...same, test: (frame) => ((get(frame) as { length: number }).length > 0 ? frame : undefined) };
  return here.refuse(
    `asks whether ${path} is there, which is a ${type.kind}`,
    'use a bool, an option, a text or a list, or "match"',
  );
}

/** `{ "any": [globs], "of": "files" }`: binds `match` to the first file of the first glob that has one. */
function anyFile(json: unknown, here: Here): Condition {
  const node = here.object(json, ["any", "of"], ["any", "of"]);
  const globs = here
    .at("any")
    .list(node["any"])
    .map((glob, index) => here.at("any").at(index).string(glob));
  const files = resolveReference(here.at("of").string(node["of"]), here.at("of"));
  if (files.type.kind !== "list" || files.type.element.kind !== "string")
    here.at("of").refuse(`is ${files.path}, which is no list of texts`);
  const test = (frame: Frame): Frame | undefined => {
    const names = files.get(frame) as readonly string[];
    for (const glob of globs) {
      const found = names.find((name) => matchesGlob(glob, name));
      if (found !== undefined) return bound(frame, "match", found);
    }
    return undefined;
  };
  return { test, held: here.bind("match", STRING), otherwise: here };
}

function fileExists(json: unknown, here: Here): Condition {
  const path = compileText(here.at("exists").string(here.object(json, ["exists"])["exists"]), here.at("exists"));
  return { test: (frame) => (existsSync(path.render(frame)) ? frame : undefined), held: here, otherwise: here };
}

function isText(json: unknown, here: Here): Condition {
  const node = here.object(json, ["is", "value"], ["is", "value"]);
  const left = compileText(`{${here.at("is").string(node["is"])}}`, here.at("is"));
  const right = compileText(here.at("value").string(node["value"]), here.at("value"));
  return {
    test: (frame) => (left.render(frame) === right.render(frame) ? frame : undefined),
    held: here,
    otherwise: here,
  };
}

function allOf(json: unknown, here: Here): Condition {
  const parts: Condition[] = [];
  let inner = here.at("all");
  for (const [index, part] of inner.list(here.object(json, ["all"])["all"]).entries()) {
    const condition = compileCondition(part, inner.at(index));
    parts.push(condition);
    inner = condition.held;
  }
  const test = (frame: Frame): Frame | undefined =>
    parts.reduce<Frame | undefined>((so, part) => (so === undefined ? undefined : part.test(so)), frame);
  return { test, held: inner, otherwise: here };
}

function inverted({ test, held, otherwise }: Condition): Condition {
  return { test: (frame) => (test(frame) === undefined ? frame : undefined), held: otherwise, otherwise: held };
}

/** Picks the branch and the frame that it runs in. */
export type Choice<T> = (frame: Frame) => readonly [branch: T, frame: Frame];

/** The names as they apply at the branch's own place. */
function moved(names: Here, place: Here): Here {
  return [...names.present].reduce(
    (so, path) => so.having(path),
    names.names.has("match") ? place.bind("match", STRING) : place,
  );
}

/**
 * Compiles an `if` or `match` node whose keys start with `prefix`; undefined for any other node. `none` is the branch
 * of a missing `else`; where it is undefined, `else` is required.
 */
export function compileChoice<T>(
  json: unknown,
  prefix: "" | "$",
  here: Here,
  branch: (json: unknown, here: Here) => T,
  none: T | undefined,
): Choice<T> | undefined {
  const node = here.record(json);
  if (Object.hasOwn(node, `${prefix}if`)) return compileIf(json, `${prefix}if`, here, branch, none);
  if (Object.hasOwn(node, `${prefix}match`)) return compileMatch(json, `${prefix}match`, here, branch, none);
  return undefined;
}

function compileIf<T>(
  json: unknown,
  key: string,
  here: Here,
  branch: (json: unknown, here: Here) => T,
  none: T | undefined,
): Choice<T> {
  const node = here.object(json, [key, "then", "else"], ["then"]);
  const condition = compileCondition(node[key], here.at(key));
  const then = branch(node["then"], moved(condition.held, here.at("then")));
  const otherwise = "else" in node ? branch(node["else"], moved(condition.otherwise, here.at("else"))) : none;
  if (otherwise === undefined) here.refuse('lacks "else"', "say what it is when the condition does not hold");
  return (frame) => {
    const inner = condition.test(frame);
    return inner === undefined ? [otherwise, frame] : [then, inner];
  };
}

function compileMatch<T>(
  json: unknown,
  key: string,
  here: Here,
  branch: (json: unknown, here: Here) => T,
  none: T | undefined,
): Choice<T> {
  const node = here.object(json, [key, "cases", "else"], ["cases"]);
  const path = here.at(key).string(node[key]);
  const subject = resolveReference(path, here.at(key));
  const isOption = subject.type.kind === "option";
  const type = subject.type.kind === "option" ? subject.type.item : subject.type;
  const labels = caseLabels(type, path, here);
  const branches = new Map<string, T>();
  for (const [label, body] of Object.entries(here.at("cases").record(node["cases"]))) {
    const place = here.at("cases").at(label);
    if (labels !== undefined && !labels.includes(label))
      place.refuse(`is not a case of ${path}`, `use ${labels.join(", ")}`);
    branches.set(label, branch(body, isOption ? place.having(path) : place));
  }
  const otherwise = "else" in node ? branch(node["else"], here.at("else")) : none;
  const missing = labels?.filter((label) => !branches.has(label)) ?? ["everything else"];
  if (isOption) missing.push("none");
  if (missing.length > 0 && otherwise === undefined)
    here.refuse(`has no branch for ${missing.join(", ")}`, 'add the cases or an "else"');
  const read =
    type.kind === "variant" || type.kind === "result" ? (value: unknown) => (value as { tag: string }).tag : String;
  return (frame) => {
    const value = subject.get(frame);
    const found = value === undefined ? undefined : branches.get(read(value));
    return [(found ?? otherwise) as T, frame];
  };
}

/** The closed set of cases, or undefined where any text can come. */
function caseLabels(type: ValueType, path: string, here: Here): readonly string[] | undefined {
  if (type.kind === "enum") return type.cases;
  if (type.kind === "variant") return type.cases.map(({ name }) => name);
  if (type.kind === "result") return ["ok", "err"];
  if (type.kind === "bool") return ["true", "false"];
  if (type.kind === "string" || type.kind === "char") return undefined;
  return here.refuse(`matches ${path}, which is a ${type.kind}`, "match an enum, a variant, a bool or a text");
}
