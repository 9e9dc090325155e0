// WIT documentation and feature gates -> JSDoc comments.
import type { Docs, Stability } from "../ir.ts";

/** What may stand in front of a declaration. */
export interface Documented {
  readonly docs?: Docs;
  readonly stability?: Stability;
}

/**
 * A JSDoc comment with a line break after it, or nothing if there is nothing to say. `more` are further lines below the
 * WIT text. Gates become tags: `@since`, `@deprecated`, and `@experimental` for an unstable feature.
 */
export function jsDoc(item: Documented, indent = "", more: readonly string[] = []): string {
  const text = item.docs === undefined ? [] : textLines(item.docs.contents);
  const tags = [...more, ...gateTags(item.stability)];
  const lines = text.length > 0 && tags.length > 0 ? [...text, "", ...tags] : [...text, ...tags];
  const [only] = lines;
  if (only === undefined) return "";
  if (lines.length === 1) return `${indent}/** ${only} */\n`;
  const body = lines.map((line) => (line === "" ? `${indent} *` : `${indent} * ${line}`)).join("\n");
  return `${indent}/**\n${body}\n${indent} */\n`;
}

/** A WIT text on one line, for lists inside a comment. */
export function oneLine(docs: Docs): string {
  return textLines(docs.contents)
    .filter((line) => line !== "")
    .join(" ");
}

/** The lines of a WIT text, made safe to stand in a comment. */
function textLines(contents: string): string[] {
  const safe = contents.replaceAll("*/", "*\\/").replaceAll("\t", "  ");
  const lines = safe.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => line.trimEnd());
  while (lines[0] === "") lines.shift();
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function gateTags(stability: Stability | undefined): string[] {
  if (stability === undefined) return [];
  if ("unstable" in stability) {
    const { feature, deprecated } = stability.unstable;
    return [`@experimental Behind the feature gate \`${feature}\`.`, ...deprecatedTag(deprecated)];
  }
  return [`@since ${stability.stable.since}`, ...deprecatedTag(stability.stable.deprecated)];
}

function deprecatedTag(version: string | undefined): string[] {
  return version === undefined ? [] : [`@deprecated Since ${version}.`];
}
