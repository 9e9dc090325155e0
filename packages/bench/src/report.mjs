// Rows -> the table on the terminal, the JSON file and the SVG chart.

/** `850 ns`, `12.3 us`, `4.56 ms`: three digits, so that columns compare at a glance. */
export function time(ns) {
  if (ns === undefined) return "";
  const [value, unit] = ns < 1e3 ? [ns, "ns"] : ns < 1e6 ? [ns / 1e3, "us"] : [ns / 1e6, "ms"];
  return `${value.toPrecision(3)} ${unit}`;
}
const ratio = (value) => (value === undefined ? "" : `${value >= 100 ? Math.round(value) : value.toPrecision(2)}x`);

export function table(rows) {
  const head = ["boundary", "workload", "way", "median", "p99", "raw limit", "x raw", "low", "peer", "x peer", "low"];
  const cells = rows.map((row) => [
    row.boundary,
    row.workload,
    row.way,
    time(row.medianNs),
    time(row.p99Ns),
    time(row.rawNs),
    ratio(row.rawRatio),
    ratio(row.rawLowRatio),
    row.peer ?? "",
    ratio(row.peerRatio),
    ratio(row.peerLowRatio),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((cell) => cell[i].length)));
  const line = (cell) =>
    cell
      .map((text, i) => (i < 3 || i === 8 ? text.padEnd(widths[i]) : text.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...cells.map(line)].join("\n");
}

/** Horizontal bars on a logarithmic scale: each row's time as a multiple of its raw limit, the peer's as a thin bar below. */
export function svg(rows, title) {
  const drawn = rows.filter((row) => row.rawRatio !== undefined);
  const multiples = drawn.flatMap((row) => [
    row.rawRatio,
    row.peerRatio === undefined ? 1 : row.rawRatio / row.peerRatio,
  ]);
  const low = Math.min(0.01, ...multiples);
  const high = Math.max(10, ...multiples);
  const [left, width, step] = [240, 560, 26];
  const x = (value) => left + (width * (Math.log10(value) - Math.log10(low))) / (Math.log10(high) - Math.log10(low));
  const bars = drawn.map((row, i) => {
    const y = 60 + i * step;
    const bar = (value, top, height, colour) => {
      const [from, to] = [x(1), x(value)].sort((a, b) => a - b);
      return `<rect x="${from.toFixed(1)}" y="${top}" width="${Math.max(1, to - from).toFixed(1)}" height="${height}" fill="${colour}"/>`;
    };
    const peer = row.peerRatio === undefined ? "" : bar(row.rawRatio / row.peerRatio, y + 11, 5, "#b9b3a7");
    return `<text x="${left - 10}" y="${y + 11}" text-anchor="end">${row.boundary} ${row.workload} ${row.way}</text>${bar(row.rawRatio, y, 10, "#2f6f5e")}${peer}<text x="${left + width + 10}" y="${y + 11}">${ratio(row.rawRatio)}</text>`;
  });
  const ticks = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high); power++) {
    const at = x(10 ** power).toFixed(1);
    ticks.push(
      `<line x1="${at}" x2="${at}" y1="50" y2="${60 + drawn.length * step}" stroke="${power === 0 ? "#333" : "#ddd"}"/><text x="${at}" y="44" text-anchor="middle">${10 ** power}x</text>`,
    );
  }
  const height = 80 + drawn.length * step;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 80} ${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="10" y="22" font-size="15">${title}</text>${ticks.join("")}${bars.join("")}</svg>\n`;
}
