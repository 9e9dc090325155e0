// For each rule about two contracts a pair that breaks it, and it alone. `plugin` holds what plugins export, `host` what
// the host provides.
import type { RuleId } from "@tenon/contract/evolution";

export interface Witness {
  readonly before: string;
  readonly after: string;
}

/** A world around two interfaces; `types` go into both interfaces' common one. */
function world(parts: {
  readonly plugin?: string;
  readonly host?: string;
  readonly more?: string;
  readonly world?: string;
  readonly version?: string;
}): string {
  const { plugin = "run: func();", host = "log: func();", more = "", world: items = "", version = "1.0.0" } = parts;
  return `package demo:shop@${version};
${more}
interface plugin { ${plugin} }
interface host { ${host} }
world shop { import host; export plugin; ${items} }
`;
}

type Parts = Parameters<typeof world>[0];
const change = (before: Parts, after: Parts): Witness => ({ before: world(before), after: world(after) });
/** A type that only goes from the host to plugins, and one that only comes back. */
const going = (before: string, after: string, name = "t"): Witness =>
  change({ plugin: `${before} run: func(x: ${name});` }, { plugin: `${after} run: func(x: ${name});` });
const coming = (before: string, after: string, name = "t"): Witness =>
  change({ plugin: `${before} run: func() -> ${name};` }, { plugin: `${after} run: func() -> ${name};` });

export type PairRule = Exclude<
  RuleId,
  | "UNSTABLE_NOT_IN_FROZEN"
  | "DEPRECATED_HAS_REPLACEMENT"
  | "FROZEN_NO_EDIT"
  | "MIGRATION_REQUIRED"
  | "MIGRATION_ROUNDTRIP"
  | "CAPABILITY_NO_WIDEN"
  | "WINDOW_NO_EARLY_REMOVE"
>;

export const WITNESSES: Readonly<Record<PairRule, Witness>> = {
  IMPORT_FUNC_NO_DELETE: change({ host: "log: func(); warn: func();" }, {}),
  IMPORT_IFACE_NO_DELETE: change({ more: "interface clock { now: func() -> u64; }", world: "import clock;" }, {}),
  IMPORT_TYPE_NO_DELETE: change({ host: "type id = u32; log: func();" }, {}),
  FUNC_NO_MOVE: change(
    { host: "log: func(); now: func() -> u64;", more: "interface clock { zone: func(); }", world: "import clock;" },
    { more: "interface clock { zone: func(); now: func() -> u64; }", world: "import clock;" },
  ),
  EXPORT_FUNC_NO_ADD_REQUIRED: change({}, { plugin: "run: func(); stop: func();" }),
  EXPORT_FUNC_NO_ADD: change({}, { plugin: "run: func();\n/// @optional\nstop: func();" }),
  EXPORT_IFACE_NO_ADD_REQUIRED: change({}, { more: "interface extra { go: func(); }", world: "export extra;" }),
  EXPORT_IFACE_NO_ADD: change({}, { more: "/// @optional\ninterface extra { go: func(); }", world: "export extra;" }),
  EXPORT_TYPE_NO_ADD: change({}, { plugin: "type id = u32; run: func();" }),
  FUNC_SAME_NAME: change({}, { plugin: "/// @renamed-from run\nstart: func();" }),
  FUNC_SAME_KIND: change(
    { host: "resource r { f: func(); } log: func();" },
    { host: "resource r { f: static func(); } log: func();" },
  ),
  FUNC_SAME_ASYNC: change({}, { plugin: "run: async func();" }),
  ENUM_CASE_NO_ADD: coming("enum t { a, b }", "enum t { a, b, c }"),
  ENUM_CASE_NO_ADD_IN: going("enum t { a, b }", "enum t { a, b, c }"),
  ENUM_CASE_NO_DELETE: going("enum t { a, b, c }", "enum t { a, b }"),
  ENUM_CASE_NO_DELETE_OUT: coming("enum t { a, b, c }", "enum t { a, b }"),
  ENUM_CASE_SAME_NAME: going("enum t { a, b }", "enum t { a,\n/// @renamed-from b\nc }"),
  ENUM_CASE_SAME_ORDER: going("enum t { a, b }", "enum t { b, a }"),
  VARIANT_CASE_NO_ADD: coming("variant t { a, b(u8) }", "variant t { a, b(u8), c }"),
  VARIANT_CASE_NO_ADD_IN: going("variant t { a, b(u8) }", "variant t { a, b(u8), c }"),
  VARIANT_CASE_NO_DELETE: going("variant t { a, b(u8), c }", "variant t { a, b(u8) }"),
  VARIANT_CASE_NO_DELETE_OUT: coming("variant t { a, b(u8), c }", "variant t { a, b(u8) }"),
  VARIANT_CASE_SAME_NAME: going("variant t { a, b(u8) }", "variant t { a,\n/// @renamed-from b\nc(u8) }"),
  VARIANT_CASE_SAME_ORDER: going("variant t { a, b(u8) }", "variant t { b(u8), a }"),
  VARIANT_PAYLOAD_SAME: going("variant t { a, b(u8) }", "variant t { a, b(string) }"),
  FLAGS_NO_ADD: coming("flags t { a, b }", "flags t { a, b, c }"),
  FLAGS_NO_ADD_IN: going("flags t { a, b }", "flags t { a, b, c }"),
  FLAGS_NO_DELETE: coming("flags t { a, b, c }", "flags t { a, b }"),
  FLAGS_SAME_NAME: going("flags t { a, b }", "flags t { a,\n/// @renamed-from b\nc }"),
  FLAGS_SAME_ORDER: going("flags t { a, b }", "flags t { b, a }"),
  RECORD_FIELD_NO_ADD: going("record t { a: u8 }", "record t { a: u8, b: option<u8> }"),
  RECORD_FIELD_NO_ADD_REQUIRED: coming("record t { a: u8 }", "record t { a: u8, b: u8 }"),
  RECORD_FIELD_NO_DELETE: going("record t { a: u8, b: u8 }", "record t { a: u8 }"),
  RECORD_FIELD_SAME_NAME: going("record t { a: u8 }", "record t {\n/// @renamed-from a\nb: u8 }"),
  RECORD_FIELD_SAME_TYPE: going("record t { a: u8 }", "record t { a: string }"),
  RECORD_FIELD_SAME_ORDER: going("record t { a: u8, b: u8 }", "record t { b: u8, a: u8 }"),
  PARAM_NO_ADD: change({}, { plugin: "run: func(x: option<u8>);" }),
  PARAM_NO_ADD_REQUIRED: change({}, { host: "log: func(x: u8);" }),
  PARAM_NO_DELETE: change({ plugin: "run: func(x: u8);" }, {}),
  PARAM_SAME_NAME: change({ plugin: "run: func(x: u8);" }, { plugin: "run: func(y: u8);" }),
  PARAM_SAME_TYPE: change({ plugin: "run: func(x: u8);" }, { plugin: "run: func(x: string);" }),
  PARAM_SAME_ORDER: change({ plugin: "run: func(x: u8, y: u8);" }, { plugin: "run: func(y: u8, x: u8);" }),
  RESULT_SAME_TYPE: change({ plugin: "run: func() -> u8;" }, { plugin: "run: func() -> result<u8, string>;" }),
  INT_NO_NARROW: change({ plugin: "run: func(x: u32);" }, { plugin: "run: func(x: u64);" }),
  RESOURCE_NO_DELETE: change({ host: "resource r { f: func(); } log: func();" }, {}),
  RESOURCE_METHOD_NO_DELETE: change(
    { host: "resource r { f: func(); g: func(); }" },
    { host: "resource r { f: func(); }" },
  ),
  // What plugins implemented themselves is the host's as soon as they no longer export its interface.
  RESOURCE_OWNER_SAME: {
    after: `package demo:shop@1.0.0;
interface things { resource r { f: func(); } }
interface plugin { use things.{r}; run: func(x: borrow<r>); }
world shop { import things; export plugin; }
`,
    before: `package demo:shop@1.0.0;
interface things { resource r { f: func(); } }
interface plugin { use things.{r}; run: func(x: borrow<r>); }
world shop { import things; export things; export plugin; }
`,
  },
  TYPE_NO_RENAME: change(
    { plugin: "record t { a: u8 } run: func(x: t);" },
    { plugin: "record u { a: u8 } run: func(x: u);" },
  ),
  TYPE_SAME: change({ host: "type id = u32; log: func();" }, { host: "type id = u64; log: func();" }),
  GATE_NO_LOWER_SINCE: change(
    { host: "@since(version = 1.1.0)\nlog: func();", version: "1.2.0" },
    { host: "@since(version = 1.0.0)\nlog: func();", version: "1.2.0" },
  ),
};
