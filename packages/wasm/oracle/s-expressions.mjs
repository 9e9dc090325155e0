// The text of a .wast file -> its commands: nested lists of words and strings, each with its place in the text.

/** `{ list, start, end }` for parentheses, `{ word }` and `{ bytes, start, end }` inside them. */
export function readCommands(text) {
  const cursor = { text, at: 0 };
  const commands = [];
  for (;;) {
    skipSpace(cursor);
    if (cursor.at >= text.length) return commands;
    commands.push(readItem(cursor));
  }
}

function skipSpace(cursor) {
  const { text } = cursor;
  for (;;) {
    while (/\s/.test(text[cursor.at] ?? "")) cursor.at += 1;
    if (text.startsWith(";;", cursor.at)) {
      const end = text.indexOf("\n", cursor.at);
      cursor.at = end < 0 ? text.length : end;
    } else if (text.startsWith("(;", cursor.at)) {
      let depth = 0;
      do {
        if (text.startsWith("(;", cursor.at)) depth += 1;
        else if (text.startsWith(";)", cursor.at)) depth -= 1;
        else if (cursor.at >= text.length) throw new Error("a comment has no end");
        else cursor.at -= 1;
        cursor.at += 2;
      } while (depth > 0);
    } else return;
  }
}

function readItem(cursor) {
  const { text, at: start } = cursor;
  if (text[start] === "(") {
    cursor.at += 1;
    const list = [];
    for (;;) {
      skipSpace(cursor);
      if (cursor.at >= text.length) throw new Error(`the list at ${start} has no end`);
      if (text[cursor.at] === ")") break;
      list.push(readItem(cursor));
    }
    cursor.at += 1;
    return { list, start, end: cursor.at };
  }
  if (text[start] === '"') return readString(cursor);
  const word = /^[^\s()";]+/.exec(text.slice(start, start + 4096))?.[0];
  if (word === undefined) throw new Error(`nothing can be read at ${start}`);
  cursor.at += word.length;
  return { word, start, end: cursor.at };
}

const ESCAPES = { t: 9, n: 10, r: 13, '"': 34, "'": 39, "\\": 92 };

function readString(cursor) {
  const { text, at: start } = cursor;
  const bytes = [];
  cursor.at += 1;
  while (text[cursor.at] !== '"') {
    if (cursor.at >= text.length) throw new Error(`the string at ${start} has no end`);
    if (text[cursor.at] !== "\\") {
      const char = String.fromCodePoint(text.codePointAt(cursor.at));
      bytes.push(...new TextEncoder().encode(char));
      cursor.at += char.length;
      continue;
    }
    const escape = text[cursor.at + 1];
    const unicode = /^\\u\{([0-9a-fA-F_]+)\}/.exec(text.slice(cursor.at, cursor.at + 20));
    if (unicode !== null) {
      bytes.push(...new TextEncoder().encode(String.fromCodePoint(Number.parseInt(unicode[1].replace(/_/g, ""), 16))));
      cursor.at += unicode[0].length;
    } else if (escape in ESCAPES) {
      bytes.push(ESCAPES[escape]);
      cursor.at += 2;
    } else {
      const byte = Number.parseInt(text.slice(cursor.at + 1, cursor.at + 3), 16);
      // An unknown escape is left to the assembler, which has to refuse it.
      bytes.push(Number.isNaN(byte) ? 0 : byte);
      cursor.at += 3;
    }
  }
  cursor.at += 1;
  return { bytes: Uint8Array.from(bytes), start, end: cursor.at };
}
