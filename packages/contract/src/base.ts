// The least that code which runs in a plugin's thread needs of this package: errors, names, the parts of a type. Every
// module costs a thread about half a millisecond of its start.
export { TenonError, describeThrown, isErrorCode } from "./errors.ts";
export { camelCase, functionLabel, pascalCase } from "./names.ts";
export { terminalSafe } from "./terminal-safe.ts";
export { partsOf } from "./type-table.ts";
