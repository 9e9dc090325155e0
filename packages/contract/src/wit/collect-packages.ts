// The files of one folder -> the packages they make up: one from the headers, and one for each nested block.

import type { FileAst, NestedPackage, PackageId, TopItem } from "./ast.ts";
import { Fault, type FaultLog, quoted } from "./diagnostic.ts";
import type { CommentBlock } from "./lexer.ts";

export interface PackageAst {
  readonly id: PackageId;
  readonly docs: CommentBlock | undefined;
  /** One list per file: each file has its own names from top-level `use`. */
  readonly files: readonly (readonly TopItem[])[];
}

export interface PackageGroup {
  readonly main: PackageAst;
  readonly nested: readonly PackageAst[];
}

/** undefined after a fault, which is in `log`; files come in the order of their names. */
export function collectPackages(files: readonly FileAst[], folder: string, log: FaultLog): PackageGroup | undefined {
  const nested: PackageAst[] = [];
  const lists: TopItem[][] = [];
  for (const file of files) {
    const own: TopItem[] = [];
    for (const item of file.items) {
      if (item.kind !== "package") own.push(item);
      else log.attempt(() => nested.push(nestedPackage(item)));
    }
    lists.push(own);
  }
  const header = log.attempt(() => findHeader(files));
  if (files.length === 0) log.addPlain(folder, MISSING_HEADER, MISSING_HINT);
  return header === undefined ? undefined : { main: { ...header, files: lists }, nested };
}

const MISSING_HEADER = "no `package` header was found in any WIT file for this package";
const MISSING_HINT = "begin one file with `package namespace:name;`";

function nestedPackage(block: NestedPackage): PackageAst {
  const inner = block.items.find((item) => item.kind === "package");
  if (inner !== undefined) throw new Fault(inner.id, "nested packages must be placed at the top-level");
  return { id: block.id, docs: block.docs, files: [block.items] };
}

function findHeader(files: readonly FileAst[]): Pick<PackageAst, "id" | "docs"> | undefined {
  let id: PackageId | undefined;
  let docs: CommentBlock | undefined;
  for (const { header } of files) {
    if (header === undefined) continue;
    if (id !== undefined && id.text !== header.id.text) {
      const message = `package identifier ${quoted(header.id.text)} does not match previous package name of ${quoted(id.text)}`;
      throw new Fault(header.id, message, "the files of one folder belong to one package");
    }
    if (docs !== undefined && header.docs !== undefined) {
      throw new Fault(header.docs, "found doc comments on multiple 'package' items", "keep one of them");
    }
    id = header.id;
    docs ??= header.docs;
  }
  const first = files[0];
  if (id === undefined && first !== undefined) throw new Fault(first.span, MISSING_HEADER, MISSING_HINT);
  return id === undefined ? undefined : { id, docs };
}
