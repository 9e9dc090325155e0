// WIT labels and ids -> JavaScript names: one rule set for codecs, hosts and generated code.

/**
 * The JavaScript name of a WIT label: `build-request` -> `buildRequest`, `HTTP-code` -> `httpCode`.
 * A word that starts with a digit keeps an underscore (`utf-8` -> `utf_8`), so that no two labels that WIT tells
 * apart (`utf-8`, `utf8`) ever share one JavaScript key.
 */
export function camelCase(label: string): string {
  const words = label.toLowerCase().split("-");
  return words.map((word, index) => (index === 0 ? word : joinWord(word))).join("");
}

/** The JavaScript type name of a WIT label: `build-request` -> `BuildRequest`. */
export function pascalCase(label: string): string {
  const camel = camelCase(label);
  return camel.slice(0, 1).toUpperCase() + camel.slice(1);
}

function joinWord(word: string): string {
  const first = word.slice(0, 1);
  return first >= "0" && first <= "9" ? `_${word}` : first.toUpperCase() + word.slice(1);
}

/** The Lua name of a WIT label: `build-request` -> `build_request`. Case stays, so that no two labels share one name. */
export function luaName(label: string): string {
  return label.replaceAll("-", "_");
}

const LUA_KEYWORDS: ReadonlySet<string> = new Set(
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while".split(
    " ",
  ),
);
const LUA_GLOBALS: ReadonlySet<string> = new Set(
  (
    "_G _VERSION assert collectgarbage coroutine debug dofile err error getmetatable io ipairs load loadfile math next " +
    "ok os package pairs pcall print rawequal rawget rawlen rawset require select setmetatable string table tonumber " +
    "tostring type utf8 warn xpcall"
  ).split(" "),
);

/** Whether a name can only stand in quotes in Lua: `t["end"]`. */
export function isLuaKeyword(name: string): boolean {
  return LUA_KEYWORDS.has(name);
}

/**
 * The Lua name of an interface's JavaScript key, or of a parameter: `deployTarget` -> `deploy_target`. A name that Lua
 * itself has gets `_` behind it: `string` -> `string_`.
 */
export function luaGlobal(key: string): string {
  const name = luaName(
    key.replace(/([a-z0-9])([A-Z])/g, (_all, before: string, after: string) => `${before}-${after.toLowerCase()}`),
  );
  return LUA_KEYWORDS.has(name) || LUA_GLOBALS.has(name) ? `${name}_` : name;
}

/** The label part of a function's WIT name: `[method]counter.bump-by` -> `bump-by`, `[constructor]counter` -> `counter`. */
export function functionLabel(name: string): string {
  const close = name.startsWith("[") ? name.indexOf("]") : -1;
  const rest = name.slice(close + 1);
  return rest.slice(rest.indexOf(".") + 1);
}

/** The parts of an interface or world id: `wasi:http/types@0.2.0`, or a plain label without package. */
export interface IdParts {
  /** `wasi:http`, or `""` for a plain label. */
  readonly pkg: string;
  /** `types` */
  readonly name: string;
  /** `0.2.0`, or `""`. */
  readonly version: string;
}

/** Takes an id apart; never throws, a text without `/` is a plain label. */
export function splitId(id: string): IdParts {
  const slash = id.lastIndexOf("/");
  const at = id.indexOf("@", slash + 1);
  return {
    pkg: slash < 0 ? "" : id.slice(0, slash),
    name: id.slice(slash + 1, at < 0 ? undefined : at),
    version: at < 0 ? "" : id.slice(at + 1),
  };
}

/**
 * One JavaScript key per interface id, in order: the camelCase of the last part (`wasi:http/types@0.2.0` -> `types`).
 * Where two ids would share a key, or the key is in `reserved` (the world's own functions), the package joins in
 * (`wasiHttpTypes`), then the version (`wasiHttpTypes_0_2_0`). The id `""` keeps the key `""`.
 */
export function interfaceKeys(ids: readonly string[], reserved: readonly string[] = []): string[] {
  const spelled = ids.map(spellings);
  const levels = ids.map(() => 0);
  const taken = new Set(reserved);
  const keyAt = (index: number): string => spelled[index]?.[levels[index] ?? 0] ?? "";
  for (let round = 0; round < 2; round++) {
    const counts = new Map<string, number>();
    for (let index = 0; index < ids.length; index++) counts.set(keyAt(index), (counts.get(keyAt(index)) ?? 0) + 1);
    const clashing = ids.map(
      (id, index) => id !== "" && ((counts.get(keyAt(index)) ?? 0) > 1 || taken.has(keyAt(index))),
    );
    for (let index = 0; index < ids.length; index++) {
      const last = (spelled[index]?.length ?? 1) - 1;
      if (clashing[index] && (levels[index] ?? 0) < last) levels[index] = (levels[index] ?? 0) + 1;
    }
  }
  return ids.map((_, index) => keyAt(index));
}

function spellings(id: string): string[] {
  const { pkg, name, version } = splitId(id);
  const short = camelCase(name);
  if (pkg === "") return [short];
  const long = camelCase(`${pkg.replace(/[:/]/g, "-")}-${name}`);
  return version === "" ? [short, long] : [short, long, `${long}_${version.replace(/[^0-9A-Za-z]/g, "_")}`];
}

/** The JavaScript keys that functions and resources take: `run-all` -> `runAll`, the resource `counter` -> `Counter`. */
export function memberKeys(members: {
  readonly functions: readonly { readonly name: string }[];
  readonly resources: readonly string[];
}): string[] {
  const free = members.functions.filter((func) => !func.name.startsWith("["));
  return [...free.map((func) => camelCase(func.name)), ...members.resources.map(pascalCase)];
}
