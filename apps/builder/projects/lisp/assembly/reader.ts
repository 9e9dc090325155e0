// Text of a program -> its expressions.
import { FALSE, Failure, NumberValue, Pair, SymbolValue, TextValue, TRUE, NIL, Value, listOf } from "./values";

export class Reader {
  private at: i32 = 0;

  constructor(private text: string) {}

  /** The next expression, or null at the end of the text. */
  next(): Value | null {
    this.skipBlank();
    if (this.at >= this.text.length) return null;
    return this.expression();
  }

  private expression(): Value {
    this.skipBlank();
    if (this.at >= this.text.length) return new Failure("the text ends inside an expression");
    const char = this.text.charAt(this.at);
    if (char == "(") return this.list();
    if (char == ")") {
      this.at++;
      return new Failure("a closing parenthesis stands alone");
    }
    if (char == "'") {
      this.at++;
      const quoted = this.expression();
      return quoted instanceof Failure ? quoted : listOf([new SymbolValue("quote"), quoted]);
    }
    if (char == '"') return this.quotedText();
    return this.atom();
  }

  private list(): Value {
    this.at++;
    const items: Value[] = [];
    while (true) {
      this.skipBlank();
      if (this.at >= this.text.length) return new Failure("a list is not closed");
      if (this.text.charAt(this.at) == ")") {
        this.at++;
        return listOf(items);
      }
      const item = this.expression();
      if (item instanceof Failure) return item;
      items.push(item);
    }
  }

  private quotedText(): Value {
    const start = ++this.at;
    while (this.at < this.text.length && this.text.charAt(this.at) != '"') this.at++;
    if (this.at >= this.text.length) return new Failure("a text is not closed");
    return new TextValue(this.text.substring(start, this.at++));
  }

  private atom(): Value {
    const start = this.at;
    while (this.at < this.text.length && !isDelimiter(this.text.charCodeAt(this.at))) this.at++;
    const word = this.text.substring(start, this.at);
    if (word == "#t") return TRUE;
    if (word == "#f") return FALSE;
    if (word == "nil") return NIL;
    return isNumber(word) ? new NumberValue(parseFloat(word)) : new SymbolValue(word);
  }

  private skipBlank(): void {
    while (this.at < this.text.length) {
      const code = this.text.charCodeAt(this.at);
      if (code == 0x3b) {
        while (this.at < this.text.length && this.text.charCodeAt(this.at) != 0x0a) this.at++;
      } else if (code == 0x20 || code == 0x0a || code == 0x0d || code == 0x09) {
        this.at++;
      } else {
        return;
      }
    }
  }
}

/** Blank, parenthesis, quote or comment. */
function isDelimiter(code: i32): bool {
  return code <= 0x20 || code == 0x28 || code == 0x29 || code == 0x27 || code == 0x22 || code == 0x3b;
}

function isNumber(word: string): bool {
  const first = word.charCodeAt(0);
  const isSigned = first == 0x2d && word.length > 1;
  const digit = isSigned ? word.charCodeAt(1) : first;
  return digit >= 0x30 && digit <= 0x39;
}
