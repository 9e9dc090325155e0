// Lines of cells -> a sheet whose formulas are worked out in the order in which they need each other.
import { position, references, type Expression } from "./ast.ts";
import { evaluate, type Value } from "./evaluate.ts";
import { parse } from "./parser.ts";

export interface Sheet {
  readonly values: ReadonlyMap<string, Value>;
  readonly columns: number;
  readonly rows: number;
}

export function readSheet(text: string): Sheet {
  const formulas = new Map<string, Expression>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const match = /^([A-Z]+\d+):\s*(.*)$/.exec(line);
    if (match === null) throw new SyntaxError(`line ${index + 1} is not of the form CELL: VALUE`);
    formulas.set(match[1]!, readCell(match[2]!));
  }
  const places = [...formulas.keys()].map(position);
  return {
    values: solve(formulas),
    columns: Math.max(0, ...places.map((place) => place.column)),
    rows: Math.max(0, ...places.map((place) => place.row)),
  };
}

function readCell(content: string): Expression {
  if (content.startsWith("=")) return parse(content.slice(1));
  const number = Number(content);
  return { kind: "literal", value: content === "" || Number.isNaN(number) ? content : number };
}

/** Depth first; a cell that is met again while it is being worked out needs itself. */
function solve(formulas: ReadonlyMap<string, Expression>): Map<string, Value> {
  const values = new Map<string, Value>();
  const open: string[] = [];
  const visit = (cell: string): void => {
    const formula = formulas.get(cell);
    if (formula === undefined || values.has(cell)) return;
    if (open.includes(cell)) {
      values.set(cell, `#cycle ${[...open.slice(open.indexOf(cell)), cell].join(">")}`);
      return;
    }
    open.push(cell);
    references(formula).forEach(visit);
    open.pop();
    if (values.has(cell)) return;
    try {
      values.set(cell, evaluate(formula, (name) => values.get(name) ?? ""));
    } catch (error) {
      values.set(cell, `#${(error as Error).message}`);
    }
  };
  [...formulas.keys()].forEach(visit);
  return values;
}
