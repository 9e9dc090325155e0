// WIT comments -> proto comments.
import type { Docs } from "../ir.ts";

/** The lines of a comment, each with `by` in front; "" where there is none. */
export function protoComment(docs: Docs | undefined, by: string): string {
  if (docs === undefined || docs.contents.trim() === "") return "";
  const lines = docs.contents.trimEnd().split("\n");
  return lines.map((line) => `${by}//${line.trim() === "" ? "" : ` ${line.trimEnd()}`}\n`).join("");
}
