// Rows of texts -> one table for a terminal.

/** `columns` name the heads in order; a column of `right` is aligned to the right. */
export function formatTable(columns, rows, right = []) {
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells) =>
    cells
      .map((cell, index) =>
        right.includes(columns[index]) ? cell.padStart(widths[index]) : cell.padEnd(widths[index]),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(columns), rule, ...rows.map((row) => line(columns.map((column) => row[column] ?? "")))].join("\n");
}
