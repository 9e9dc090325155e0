// Text of a WIT identifier -> is it a kebab-case label?

/** First character that makes `text` no label, as a sentence; undefined when it is one. Rules: WIT.md, "Identifiers". */
export function identifierFault(text: string): string | undefined {
  if (text === "") return "identifiers must have characters between `-`s";
  let wordStart = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && text[at] !== "-") continue;
    const fault = wordFault(text.slice(wordStart, at), wordStart === 0);
    if (fault !== undefined) return fault;
    wordStart = at + 1;
  }
  return undefined;
}

function wordFault(word: string, isFirst: boolean): string | undefined {
  if (word === "") return "identifiers must have characters between `-`s";
  if (/^[a-z][a-z0-9]*$|^[A-Z][A-Z0-9]*$/.test(word)) return undefined;
  if (!isFirst && /^[0-9]+(?:[a-z0-9]*|[A-Z0-9]*)$/.test(word)) return undefined;
  const foreign = /[^a-zA-Z0-9]/u.exec(word)?.[0];
  if (foreign !== undefined) return `invalid character in identifier ${JSON.stringify(foreign)}`;
  if (/^[0-9]/.test(word)) return `invalid character in identifier ${JSON.stringify(word.slice(0, 1))}`;
  return `the word \`${clip(word)}\` in an identifier mixes lower and upper case`;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
