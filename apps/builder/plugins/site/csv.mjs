// Comma-separated values -> rows of cells; a quoted cell may hold commas, newlines and doubled quotes.

/** A mistake in a table; `line` counts from 1. */
export class TableError extends Error {
  constructor(message, line) {
    super(message);
    this.line = line;
  }
}

/** @returns {{ columns: string[], rows: { cells: string[] }[] }} */
export function readTable(text) {
  const rows = [];
  let cells = [];
  let line = 1;
  let startLine = 1;
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw new TableError("a quote stands inside a cell or is not closed", line);
    const [whole, quoted, plain, end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += text.slice(start, start + whole.length).split("\n").length - 1;
    if (end === ",") continue;
    rows.push({ cells, line: startLine });
    cells = [];
    startLine = line;
  }
  const [head, ...body] = rows;
  if (head === undefined) throw new TableError("the table is empty", 1);
  for (const row of body) {
    if (row.cells.length !== head.cells.length) {
      throw new TableError(`${row.cells.length} cells where the head has ${head.cells.length}`, row.line);
    }
  }
  return { columns: head.cells, rows: body };
}
