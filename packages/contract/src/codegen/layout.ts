// A document of texts and possible line breaks -> text that keeps to a width (after Wadler, "A prettier printer").

/** A text, a sequence, or one of the nodes made by the functions below. */
export type Doc = string | readonly Doc[] | Node;

interface Node {
  readonly kind: "group" | "indent" | "line" | "if-broken";
  readonly body: Doc;
}

/** Printed on one line if it fits, else with all its direct lines broken. */
export function group(...body: readonly Doc[]): Doc {
  return { kind: "group", body };
}

/** Lines inside start two spaces further right. */
export function indent(...body: readonly Doc[]): Doc {
  return { kind: "indent", body };
}

/** A space, or a line break where the group around it is broken. */
export const line: Doc = { kind: "line", body: " " };

/** Nothing, or a line break where the group around it is broken. */
export const softline: Doc = { kind: "line", body: "" };

/** `text` where the group around it is broken, else nothing. */
export function ifBroken(text: string): Doc {
  return { kind: "if-broken", body: text };
}

/** `docs` with `separator` between them. */
export function join(separator: Doc, docs: readonly Doc[]): Doc {
  return docs.flatMap((doc, index) => (index === 0 ? [doc] : [separator, doc]));
}

interface Command {
  readonly doc: Doc;
  readonly indent: number;
  readonly isBroken: boolean;
}

/** The text of `doc`, starting at column `start`. Lines are at most `width` wide where that is possible. */
export function print(doc: Doc, width: number, start = 0): string {
  const stack: Command[] = [{ doc, indent: start, isBroken: true }];
  // The text before this row is never looked at again: contracts with thousands of parameters take no time of their own.
  const rows: string[] = [];
  let row = "";
  let column = start;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const { doc: current, indent: by, isBroken } = at;
    if (typeof current === "string") {
      row += current;
      column += current.length;
    } else if (isSequence(current)) {
      pushAll(stack, current, at);
    } else if (current.kind === "group") {
      const flat = { ...at, doc: current.body, isBroken: false };
      stack.push(fits(flat, stack, width - column) ? flat : { ...flat, isBroken: true });
    } else if (current.kind === "indent") {
      stack.push({ ...at, doc: current.body, indent: by + 2 });
    } else if (current.kind === "if-broken") {
      if (isBroken) stack.push({ ...at, doc: current.body });
    } else if (isBroken) {
      rows.push(row.replace(/ +$/, ""));
      row = " ".repeat(by);
      column = by;
    } else {
      stack.push({ ...at, doc: current.body });
    }
  }
  return [...rows, row].join("\n");
}

/** Whether `first`, and what follows it up to the next certain line break, fits into `width`. */
function fits(first: Command, rest: readonly Command[], width: number): boolean {
  const stack: Command[] = [first];
  let room = width;
  let next = rest.length;
  while (room >= 0) {
    const at = stack.pop() ?? rest[--next];
    if (at === undefined) return true;
    const { doc, isBroken } = at;
    if (typeof doc === "string") room -= doc.length;
    else if (isSequence(doc)) pushAll(stack, doc, at);
    else if (doc.kind === "line") {
      if (isBroken) return true;
      stack.push({ ...at, doc: doc.body });
    } else if (doc.kind === "if-broken") {
      if (isBroken) stack.push({ ...at, doc: doc.body });
    } else stack.push({ ...at, doc: doc.body, isBroken: isBroken && doc.kind !== "group" });
  }
  return false;
}

function pushAll(stack: Command[], docs: readonly Doc[], like: Command): void {
  for (const doc of docs.toReversed()) stack.push({ ...like, doc });
}

function isSequence(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc);
}
