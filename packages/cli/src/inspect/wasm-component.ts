// The import and export sections of a component -> the names in them (component-model Binary.md, "Import and Export Definitions").
import type { ByteReader } from "./byte-reader.ts";
import type { NameFacts } from "./report.ts";

const SORTS = ["core", "func", "value", "type", "component", "instance"];
const CORE_SORTS: Readonly<Record<number, string>> = {
  0x00: "core func",
  0x01: "core table",
  0x02: "core memory",
  0x03: "core global",
  0x04: "core tag",
  0x10: "core type",
  0x11: "core module",
  0x12: "core instance",
};

/** Adds the names of one section; other sections have none that cross the border. */
export function readComponentNames(word: string, body: ByteReader, imports: NameFacts[], exports: NameFacts[]): void {
  if (word === "import") {
    for (let left = body.count("imports"); left > 0; left--)
      imports.push({ name: externName(body), kind: describe(body) });
  }
  if (word === "export") {
    for (let left = body.count("exports"); left > 0; left--) {
      const name = externName(body);
      const kind = sortOf(body);
      body.u32("the index of an export");
      if (body.u8("whether an export has a type") === 1) describe(body);
      exports.push({ name, kind });
    }
  }
}

/** 0x00: a plain name; 0x01: with a version suffix that only links; 0x02: with options behind it. */
function externName(body: ByteReader): string {
  const form = body.u8("the form of a name");
  const name = body.name("an import or export");
  if (form === 0x02) {
    for (let left = body.count("options of a name"); left > 0; left--) {
      body.u8("the kind of an option");
      body.name("an option");
    }
  } else if (form > 0x02) body.fail(`has a name of the unknown form ${form}`);
  return name;
}

function sortOf(body: ByteReader): string {
  const sort = body.u8("a sort");
  if (sort === 0) {
    const core = body.u8("a core sort");
    return CORE_SORTS[core] ?? body.fail(`has the unknown core sort ${core}`);
  }
  return SORTS[sort] ?? body.fail(`has the unknown sort ${sort}`);
}

/** An externdesc: its sort, and behind it a type index or bound. */
function describe(body: ByteReader): string {
  const kind = sortOf(body);
  if (kind === "value" || kind === "type") {
    const bound = body.u8("a bound");
    // `sub resource` has no index; a value's type may be a primitive, a negative number of one byte, or an index.
    if (!(kind === "type" && bound === 1)) body.u32("a type");
  } else body.u32("a type index");
  return kind;
}
