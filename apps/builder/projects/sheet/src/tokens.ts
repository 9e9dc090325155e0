// Text of a formula -> its tokens.

export type Token =
  | { readonly kind: "number"; readonly value: number; readonly at: number }
  | { readonly kind: "text"; readonly value: string; readonly at: number }
  | { readonly kind: "name"; readonly value: string; readonly at: number }
  | { readonly kind: "sign"; readonly value: string; readonly at: number };

const PATTERN = /\s*(?:(?<number>\d+(?:\.\d+)?)|"(?<text>[^"]*)"|(?<name>[A-Za-z]+\d*)|(?<sign><=|>=|<>|[-+*/^&<>=(),:]))/y;

export function tokenize(formula: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (formula.slice(at).trim() !== "") {
    PATTERN.lastIndex = at;
    const groups = PATTERN.exec(formula)?.groups;
    if (groups === undefined) throw new SyntaxError(`unexpected ${JSON.stringify(formula.slice(at).trim()[0])} in ${formula}`);
    if (groups.number !== undefined) tokens.push({ kind: "number", value: Number(groups.number), at });
    else if (groups.text !== undefined) tokens.push({ kind: "text", value: groups.text, at });
    else if (groups.name !== undefined) tokens.push({ kind: "name", value: groups.name.toUpperCase(), at });
    else tokens.push({ kind: "sign", value: groups.sign!, at });
    at = PATTERN.lastIndex;
  }
  return tokens;
}
