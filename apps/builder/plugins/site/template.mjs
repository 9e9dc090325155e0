// `{{name}}`, `{{{html}}}` and `{{#each list}}...{{/each}}` -> text; a name that is not there is an error with its line.
import { escapeHtml } from "./markdown.mjs";

/** A mistake in a template; `line` counts from 1. */
export class TemplateError extends Error {
  constructor(message, line) {
    super(message);
    this.line = line;
  }
}

const TAG = /\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{#each ([\w.]+)\}\}|\{\{(\/each)\}\}|\{\{\s*([\w.]+)\s*\}\}/g;

/** Text -> a tree of parts, each `{ kind, name, line }`; `each` has the parts inside it. */
export function parseTemplate(text) {
  const root = [];
  const open = [{ parts: root, line: 0 }];
  let last = 0;
  for (const match of text.matchAll(TAG)) {
    const line = text.slice(0, match.index).split("\n").length;
    const { parts } = open.at(-1);
    if (match.index > last) parts.push({ kind: "text", text: text.slice(last, match.index) });
    last = match.index + match[0].length;
    const [, raw, each, close, name] = match;
    if (each !== undefined) {
      const inner = [];
      parts.push({ kind: "each", name: each, line, parts: inner });
      open.push({ parts: inner, line });
    } else if (close !== undefined) {
      if (open.length === 1) throw new TemplateError("{{/each}} without {{#each}}", line);
      open.pop();
    } else {
      parts.push({ kind: raw === undefined ? "escaped" : "raw", name: raw ?? name, line });
    }
  }
  if (open.length > 1) throw new TemplateError("{{#each}} is not closed", open.at(-1).line);
  root.push({ kind: "text", text: text.slice(last) });
  return root;
}

/** Fills a parsed template. `values` holds plain data; inside `each`, `item` is the element. */
export function renderTemplate(parts, values) {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      const value = look(part, values);
      if (part.kind === "raw") return String(value);
      if (part.kind === "escaped") return escapeHtml(String(value));
      if (!Array.isArray(value)) throw new TemplateError(`${part.name} is not a list`, part.line);
      return value.map((item) => renderTemplate(part.parts, { ...values, item })).join("");
    })
    .join("");
}

function look({ name, line }, values) {
  let value = values;
  for (const key of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) {
      throw new TemplateError(`there is no value ${name}`, line);
    }
    value = value[key];
  }
  return value;
}
