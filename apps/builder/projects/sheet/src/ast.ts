// What a formula means, before any cell has a value.

export type Expression =
  | { readonly kind: "literal"; readonly value: number | string }
  | { readonly kind: "cell"; readonly name: string }
  | { readonly kind: "range"; readonly from: string; readonly to: string }
  | { readonly kind: "negate"; readonly operand: Expression }
  | { readonly kind: "binary"; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** The cells that an expression reads, ranges spelt out. */
export function references(expression: Expression): string[] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "cell":
      return [expression.name];
    case "range":
      return cellsOf(expression.from, expression.to);
    case "negate":
      return references(expression.operand);
    case "binary":
      return [...references(expression.left), ...references(expression.right)];
    case "call":
      return expression.args.flatMap(references);
  }
}

export function cellsOf(from: string, to: string): string[] {
  const [a, b] = [position(from), position(to)];
  const cells: string[] = [];
  for (let row = Math.min(a.row, b.row); row <= Math.max(a.row, b.row); row++) {
    for (let column = Math.min(a.column, b.column); column <= Math.max(a.column, b.column); column++) cells.push(cellName(column, row));
  }
  return cells;
}

/** `B3` -> column 2, row 3. */
export function position(cell: string): { readonly column: number; readonly row: number } {
  const [, letters, digits] = /^([A-Z]+)(\d+)$/.exec(cell) ?? [];
  if (letters === undefined || digits === undefined) throw new SyntaxError(`${cell} is no cell`);
  const column = [...letters].reduce((total, letter) => total * 26 + letter.charCodeAt(0) - 64, 0);
  return { column, row: Number(digits) };
}

export function cellName(column: number, row: number): string {
  let letters = "";
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return `${letters}${row}`;
}
