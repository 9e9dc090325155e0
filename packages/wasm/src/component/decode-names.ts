// Names, sorts and aliases of a component (component-model Binary.md, "Instance, Alias, Import and Export Definitions").
import { hex } from "../binary/reader.ts";
import type { BinaryReader } from "../binary/reader.ts";
import type { CoreSort, Definition, ExternName, Sort, SortIndex } from "./ast.ts";

const SORTS: Readonly<Record<number, Sort>> = { 1: "func", 2: "value", 3: "type", 4: "component", 5: "instance" };
const CORE_SORTS: Readonly<Record<number, CoreSort>> = {
  0x00: "core func",
  0x01: "core table",
  0x02: "core memory",
  0x03: "core global",
  0x04: "core tag",
  0x10: "core type",
  0x11: "core module",
  0x12: "core instance",
};

export function readCoreSort(reader: BinaryReader): CoreSort {
  const at = reader.at;
  const code = reader.u8("a core sort");
  return CORE_SORTS[code] ?? reader.fail(`expected a core sort, found ${hex(code)}`, at);
}

export function readSort(reader: BinaryReader): Sort {
  const at = reader.at;
  const code = reader.u8("a sort");
  return code === 0 ? readCoreSort(reader) : (SORTS[code] ?? reader.fail(`expected a sort, found ${hex(code)}`, at));
}

export function readSortIndex(reader: BinaryReader, which: "core" | "any"): SortIndex {
  const sort = which === "core" ? readCoreSort(reader) : readSort(reader);
  return { sort, index: reader.u32("an index") };
}

export function readExternName(reader: BinaryReader): ExternName {
  const at = reader.at;
  const form = reader.u8("the form of a name");
  // 0x00 and 0x01 mean the same until the format's 1.0.
  if (form > 0x02) reader.fail(`expected the form of a name, found ${hex(form)}`, at);
  const name = reader.name("a name");
  return form === 0x02 ? { at, name, ...readAttributes(reader) } : { at, name };
}

function readAttributes(reader: BinaryReader): Omit<ExternName, "at" | "name"> {
  const found: { implements?: string; versionSuffix?: string; externalId?: string } = {};
  for (let left = reader.count("attributes"); left > 0; left--) {
    const at = reader.at;
    const kind = reader.u8("an attribute");
    const key = (["implements", "versionSuffix", "externalId"] as const)[kind];
    if (key === undefined) reader.fail(`expected an attribute of a name, found ${hex(kind)}`, at);
    if (found[key] !== undefined) reader.fail("an attribute of a name is there twice", at);
    found[key] = reader.name("an attribute");
  }
  return found;
}

export function readAlias(reader: BinaryReader, at: number): Definition {
  const sort = readSort(reader);
  const formAt = reader.at;
  const form = reader.u8("the target of an alias");
  if (form === 0x00) {
    return { def: "alias export", at, sort, instance: reader.u32("an instance"), name: reader.name("an export") };
  }
  if (form === 0x01) {
    if (!sort.startsWith("core ")) reader.fail(`a core instance exports no ${sort}`, formAt);
    return {
      def: "alias core export",
      at,
      sort,
      instance: reader.u32("a core instance"),
      name: reader.name("an export"),
    };
  }
  if (form !== 0x02) reader.fail(`expected the target of an alias, found ${hex(form)}`, formAt);
  return { def: "alias outer", at, sort, count: reader.u32("a number of scopes"), index: reader.u32("an index") };
}
