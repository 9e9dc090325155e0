// The core type section of a component (component-model Binary.md, "Type Definitions"): function types and module types.
import { binaryFault } from "../binary/faults.ts";
import { hex } from "../binary/reader.ts";
import { readExtern } from "../core/externs.ts";
import type { CoreExtern, CoreImport } from "../core/externs.ts";
import type { CoreType } from "../core/types.ts";
import type { CoreTypeAst } from "./ast.ts";
import { countDefinition, innerScope, isModuleType, outerCoreType } from "./decoding.ts";
import type { Decoding } from "./decoding.ts";

/** Reads one core type and adds it to the innermost scope. */
export function readCoreType(decoding: Decoding): CoreTypeAst {
  const { reader, coreTypes, scopes } = decoding;
  const form = reader.peek();
  if (form === 0x50) {
    reader.u8("a module type");
    const type = readModuleType(innerScope(decoding));
    scopes.at(-1)?.push(type.type);
    return type;
  }
  // A non-final `sub` is written 0x00 0x50 here, because 0x50 alone is a module type.
  if (form === 0x00) reader.u8("a subtype");
  const types: CoreType[] = [];
  coreTypes.readGroup(reader, types);
  scopes.at(-1)?.push(...types);
  return { kind: "rec", types };
}

function readModuleType(decoding: Decoding): CoreTypeAst & { readonly kind: "module" } {
  const { reader, coreTypes } = decoding;
  const space: CoreType[] = [];
  const imports: CoreImport[] = [];
  const names = new Set<string>();
  const exports = new Map<string, CoreExtern>();
  for (let left = reader.count("declarations"); left > 0; left--) {
    countDefinition(decoding);
    const at = reader.at;
    const code = reader.u8("a declaration of a module type");
    if (code === 0x00) {
      const module = reader.name("the module of an import");
      const name = reader.name("the name of an import");
      const key = JSON.stringify([module, name]);
      if (names.has(key)) throw binaryFault("invalid", at, `duplicate import name \`${module}:${name}\``);
      names.add(key);
      imports.push({ module, name, type: readExtern(reader, coreTypes, space) });
    } else if (code === 0x01) {
      if (reader.peek() === 0x50) throw binaryFault("invalid", at, "a module type cannot hold a module type");
      coreTypes.readGroup(reader, space);
    } else if (code === 0x02) {
      space.push(readAliasDeclaration(decoding, space, at));
    } else if (code === 0x03) {
      const name = reader.name("the name of an export");
      if (exports.has(name)) throw binaryFault("invalid", at, `export name \`${name}\` already defined`);
      exports.set(name, readExtern(reader, coreTypes, space));
    } else reader.fail(`expected a declaration of a module type, found ${hex(code)}`, at);
  }
  return { kind: "module", type: { imports, exports } };
}

function readAliasDeclaration(decoding: Decoding, space: readonly CoreType[], at: number): CoreType {
  const { reader } = decoding;
  reader.expect(0x10, "an alias of a core type");
  reader.expect(0x01, "an outer alias");
  const count = reader.u32("a number of scopes");
  const index = reader.u32("an index");
  const type = count === 0 ? space[index] : outerCoreType(decoding, count, index, at);
  if (type === undefined) throw binaryFault("invalid", at, `core type ${index} is not there: index out of bounds`);
  if (isModuleType(type)) throw binaryFault("invalid", at, "a module type cannot hold a module type");
  return type;
}
