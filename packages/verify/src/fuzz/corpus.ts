// A corpus as a text file that a diff can show: one input a line, in JSON where it is text and in base64 where it is not.
const BASE64 = /^base64:([A-Za-z0-9+/]*={0,2})$/;

/** One input as a line: `"text"`, or `base64:...`. */
export function formatInput(input: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input);
    // Other control characters would make the file one that tools take for binary.
    // oxlint-disable-next-line no-control-regex
    if (!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) return JSON.stringify(text);
  } catch {
    // Not UTF-8: base64 it is.
  }
  return `base64:${Buffer.from(input).toString("base64")}`;
}

/** Inverts `formatInput`. Throws a SyntaxError for a line that is neither form. */
export function parseInput(line: string): Uint8Array {
  const encoded = BASE64.exec(line)?.[1];
  if (encoded !== undefined) return new Uint8Array(Buffer.from(encoded, "base64"));
  return new TextEncoder().encode(String(JSON.parse(line)));
}

/** The inputs of a corpus file. Empty lines and those that begin with `#` are for people. */
export function parseCorpus(text: string): Uint8Array[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parseInput);
}
