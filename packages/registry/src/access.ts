// The accesses that manifests ask for and policies grant, as both write them -> checked data.
import type { ExecAccess, FsAccess, NetAccess } from "@tenon/policy";
import type { JsonValue, TextRule } from "./json.ts";

/** What a program's name looks like in capabilities, requirements and grants: no path, so that PATH decides. */
export const PROGRAM_NAME: TextRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/,
  what: "the bare name of a program",
};
export const ROOTED: TextRule = {
  pattern: /^\$\{[a-z][a-z0-9-]{0,31}\}\/(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\\]+$/,
  what: "a pattern below a root, such as ${project}/src/**, without ..",
};
export const VARIABLE: TextRule = { pattern: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/, what: "the name of a variable" };
/** A name of DNS, an IPv4 address, or an IPv6 address without brackets; lower case, so that there is one way to write it. */
export const HOST: TextRule = {
  pattern: /^(?:(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63}){0,31}|(?=[^:]*:[^:]*:)[0-9a-f:.]{2,45})$/,
  what: "the name or address of a host, in lower case and without a port",
};
/** `report.log` of an interface, `log` of the world itself, `values.[method]counter.bump`; `*` is any text. */
export const FUNCTION: TextRule = {
  pattern: /^(?:\*|[A-Za-z][A-Za-z0-9-]{0,127}(?:\.(?:\*|[A-Za-z0-9[\].-]{1,255}\*?))?)$/,
  what: "the path of a host function, such as report.log or report.*",
};
const ARGUMENT_LENGTH = 1024;

export function readFsAccess(at: JsonValue): FsAccess {
  return { path: at.get("path").text(ROOTED), mode: at.get("mode").oneOf(["r", "rw"]) };
}

export function readNetAccess(at: JsonValue, host: TextRule): NetAccess {
  return { host: at.get("host").text(host), port: readPort(at.get("port")) };
}

function readPort(at: JsonValue): NetAccess["port"] {
  return at.value === "*"
    ? "*"
    : typeof at.value === "number"
      ? at.integer(1, 65_535)
      : at.refuse('must be a port or "*"');
}

export function readExecAccess(at: JsonValue): ExecAccess {
  const program = at.get("program").text(PROGRAM_NAME);
  const args = at.get("args").optional((list) => list.list().map(readArgument));
  return { program, ...(args !== undefined && { args: checkRest(at.get("args"), args) }) };
}

function readArgument(at: JsonValue): string {
  const text = at.text();
  return text.length <= ARGUMENT_LENGTH ? text : at.refuse(`must have at most ${ARGUMENT_LENGTH} characters`);
}

function checkRest(at: JsonValue, args: readonly string[]): readonly string[] {
  const rest = args.indexOf("**");
  if (rest >= 0 && rest < args.length - 1) at.list()[rest]!.refuse("must be the last of its list");
  return args;
}
