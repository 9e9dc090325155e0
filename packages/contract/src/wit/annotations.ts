// Comments and attributes of an item -> docs, stability and external id.

import type { Docs, Stability } from "../ir.ts";
import type { Attribute } from "./ast.ts";
import { Fault } from "./diagnostic.ts";
import type { CommentBlock } from "./lexer.ts";
import type { Span } from "./source.ts";

const PLACES = new WeakMap<Docs, Span>();

export function docsOf(block: CommentBlock | undefined): Docs | undefined {
  if (block === undefined) return undefined;
  const docs = { contents: docsText(block.comments) };
  PLACES.set(docs, { start: block.start, end: block.end });
  return docs;
}

/** Where the comments of `docs` stand; undefined for docs that come from no text. */
export function placeOfDocs(docs: Docs): Span | undefined {
  return PLACES.get(docs);
}

/** Every comment before an item documents it, as in the reference parser; common leading blanks are taken off. */
export function docsText(comments: readonly string[]): string {
  const bodies = comments.map((comment) => {
    const body = comment.startsWith("/**")
      ? comment.slice(3, Math.max(3, comment.length - 2))
      : comment.replace(/^\/+/, "");
    return body.trimEnd();
  });
  let indent = Infinity;
  for (const body of bodies) if (body !== "") indent = Math.min(indent, body.search(/[^ \t\n\f\r]|$/));
  const blanks = indent === Infinity ? "" : " ".repeat(Math.min(indent, 10_000));
  const lines = bodies.map((body) => (body.startsWith(blanks) ? body.slice(blanks.length) : body));
  return lines.join("\n").replace(/\r\n/g, "\n").replace(/\n+$/, "");
}

/** Throws a Fault where the gates of one item contradict each other. */
export function stabilityOf(attributes: readonly Attribute[]): Stability | undefined {
  const since = only(attributes, "since");
  const unstable = only(attributes, "unstable");
  const deprecated = only(attributes, "deprecated");
  if (since !== undefined && unstable !== undefined)
    throw new Fault(since.span, "cannot specify both @since and @unstable");
  const extra = deprecated?.kind === "deprecated" ? { deprecated: deprecated.version.text } : {};
  if (since?.kind === "since") return { stable: { since: since.version.text, ...extra } };
  if (unstable?.kind === "unstable") return { unstable: { feature: unstable.feature, ...extra } };
  if (deprecated !== undefined) throw new Fault(deprecated.span, "@deprecated needs @since or @unstable beside it");
  return undefined;
}

export function externalIdOf(attributes: readonly Attribute[]): string | undefined {
  const attribute = only(attributes, "external-id");
  return attribute?.kind === "external-id" ? attribute.id : undefined;
}

function only(attributes: readonly Attribute[], kind: Attribute["kind"]): Attribute | undefined {
  let found: Attribute | undefined;
  for (const attribute of attributes) {
    if (attribute.kind !== kind) continue;
    if (found !== undefined) throw new Fault(attribute.span, `cannot specify @${kind} twice`);
    found = attribute;
  }
  return found;
}
