// A sheet -> a table of text, numbers to the right.
import { cellName } from "./ast.ts";
import type { Value } from "./evaluate.ts";
import type { Sheet } from "./sheet.ts";

export function render({ values, columns, rows }: Sheet): string {
  const table = Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => values.get(cellName(column + 1, row + 1)) ?? ""));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(1, ...table.map((row) => show(row[column]!).length)));
  return table.map((row) => row.map((value, column) => pad(value, widths[column]!)).join("  ").trimEnd()).join("\n");
}

function show(value: Value): string {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return value.toFixed(2);
}

function pad(value: Value, width: number): string {
  return typeof value === "number" ? show(value).padStart(width) : show(value).padEnd(width);
}
