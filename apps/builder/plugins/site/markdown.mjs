// Markdown -> HTML, for the part of Markdown that a handbook needs; every link is reported with its line.

/**
 * @typedef {object} Page
 * @property {Record<string, string>} fields the `name: value` lines between the first two `---`
 * @property {string} html
 * @property {string[]} headings their ids
 * @property {{ target: string, line: number }[]} links
 * @property {{ file: string, line: number, at: string }[]} tables where `{{table FILE}}` stood; `at` is in `html`
 * @property {number} words
 */

/** @returns {Page} */
export function readPage(text) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const { fields, next } = readFields(lines);
  const page = { fields, html: "", headings: [], links: [], tables: [], words: 0 };
  const parts = [];
  let at = next;
  while (at < lines.length) {
    if (lines[at].trim() === "") at++;
    else at = readBlock(lines, at, page, parts);
  }
  page.html = parts.join("\n");
  page.words = page.html
    .replace(/<[^>]*>/g, " ")
    .split(/\s+/)
    .filter((word) => /\p{L}|\p{N}/u.test(word)).length;
  return page;
}

function readFields(lines) {
  const fields = Object.create(null);
  if (lines[0] !== "---") return { fields, next: 0 };
  const end = lines.indexOf("---", 1);
  if (end < 0) throw new PageError("the fields at the top are not closed by ---", 1);
  for (let at = 1; at < end; at++) {
    const match = /^([\w-]+):\s*(.*)$/.exec(lines[at]);
    if (match === null) throw new PageError(`${JSON.stringify(lines[at])} is not of the form name: value`, at + 1);
    fields[match[1]] = match[2];
  }
  return { fields, next: end + 1 };
}

/** A mistake in a page; `line` counts from 1. */
export class PageError extends Error {
  constructor(message, line) {
    super(message);
    this.line = line;
  }
}

/** Adds the block that starts at `at` to `parts` and returns the line after it. */
function readBlock(lines, at, page, parts) {
  const line = lines[at];
  if (line.startsWith("```")) return readCode(lines, at, parts);
  const heading = /^(#{1,6}) (.*)$/.exec(line);
  if (heading !== null) {
    const id = slug(heading[2]);
    page.headings.push(id);
    parts.push(`<h${heading[1].length} id="${id}">${inline(heading[2], page, at)}</h${heading[1].length}>`);
    return at + 1;
  }
  const table = /^\{\{table ([\w./-]+)\}\}$/.exec(line.trim());
  if (table !== null) {
    const mark = `<!--table ${page.tables.length}-->`;
    page.tables.push({ file: table[1], line: at + 1, at: mark });
    parts.push(mark);
    return at + 1;
  }
  for (const [pattern, open, close] of LISTS) {
    if (pattern.test(line)) return readList(lines, at, page, parts, { pattern, open, close });
  }
  return readParagraph(lines, at, page, parts);
}

const LISTS = [
  [/^[-*] (.*)$/, "<ul>", "</ul>"],
  [/^\d+\. (.*)$/, "<ol>", "</ol>"],
];

function readList(lines, start, page, parts, { pattern, open, close }) {
  let at = start;
  const items = [];
  for (let match = pattern.exec(lines[at]); match !== null; match = pattern.exec(lines[++at] ?? "")) {
    items.push(`<li>${inline(match[1], page, at)}</li>`);
  }
  parts.push([open, ...items, close].join("\n"));
  return at;
}

function readCode(lines, start, parts) {
  const end = lines.findIndex((line, at) => at > start && line.startsWith("```"));
  if (end < 0) throw new PageError("a block of code is not closed", start + 1);
  parts.push(`<pre><code>${escapeHtml(lines.slice(start + 1, end).join("\n"))}</code></pre>`);
  return end + 1;
}

function readParagraph(lines, start, page, parts) {
  const isQuote = lines[start].startsWith("> ");
  const texts = [];
  let at = start;
  for (; at < lines.length && lines[at].trim() !== ""; at++)
    texts.push(inline(lines[at].replace(/^> ?/, ""), page, at));
  const paragraph = `<p>${texts.join("\n")}</p>`;
  parts.push(isQuote ? `<blockquote>${paragraph}</blockquote>` : paragraph);
  return at;
}

/** Code spans are taken out first: nothing inside them is markup. */
function inline(text, page, at) {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith("`") && part.length > 1
        ? `<code>${escapeHtml(part.slice(1, -1))}</code>`
        : markup(part, page, at),
    )
    .join("");
}

function markup(text, page, at) {
  return escapeHtml(text)
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, label, target) => {
      page.links.push({ target, line: at + 1 });
      return `<a href="${target.replace(/\.md(?=#|$)/, ".html")}">${label}</a>`;
    })
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/\*([^*]+)\*/g, "<em>$1</em>");
}

export function escapeHtml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The id of a heading, as links write it after `#`. */
function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}
