// Tokens of a formula -> its expression, by precedence climbing.
import type { Expression } from "./ast.ts";
import { tokenize, type Token } from "./tokens.ts";

const PRECEDENCE: Readonly<Record<string, number>> = { "=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5 };

export function parse(formula: string): Expression {
  const parser = new Parser(formula, tokenize(formula));
  return parser.whole();
}

class Parser {
  #next = 0;

  constructor(
    private readonly formula: string,
    private readonly tokens: readonly Token[],
  ) {}

  whole(): Expression {
    const expression = this.expression(0);
    if (this.#next < this.tokens.length) throw this.unexpected();
    return expression;
  }

  private expression(minimum: number): Expression {
    let left = this.operand();
    for (;;) {
      const sign = this.peekSign();
      const precedence = sign === undefined ? 0 : (PRECEDENCE[sign] ?? 0);
      if (sign === undefined || precedence === 0 || precedence <= minimum) return left;
      this.#next++;
      // `^` binds to the right: 2^3^2 is 2^9.
      const right = this.expression(sign === "^" ? precedence - 1 : precedence);
      left = { kind: "binary", sign, left, right };
    }
  }

  private operand(): Expression {
    const token = this.tokens[this.#next];
    if (token === undefined) throw this.unexpected();
    this.#next++;
    if (token.kind === "number" || token.kind === "text") return { kind: "literal", value: token.value };
    if (token.kind === "name") return this.named(token.value);
    if (token.value === "-") return { kind: "negate", operand: this.expression(4) };
    if (token.value !== "(") {
      this.#next--;
      throw this.unexpected();
    }
    const inner = this.expression(0);
    this.expect(")");
    return inner;
  }

  private named(name: string): Expression {
    if (this.peekSign() === "(") {
      this.#next++;
      const args: Expression[] = [];
      while (this.peekSign() !== ")") {
        args.push(this.expression(0));
        if (this.peekSign() !== ")") this.expect(",");
      }
      this.expect(")");
      return { kind: "call", name, args };
    }
    if (this.peekSign() !== ":") return { kind: "cell", name };
    this.#next++;
    const end = this.tokens[this.#next++];
    if (end?.kind !== "name") throw this.unexpected();
    return { kind: "range", from: name, to: end.value };
  }

  private peekSign(): string | undefined {
    const token = this.tokens[this.#next];
    return token?.kind === "sign" ? token.value : undefined;
  }

  private expect(sign: string): void {
    if (this.peekSign() !== sign) throw this.unexpected();
    this.#next++;
  }

  private unexpected(): SyntaxError {
    const token = this.tokens[this.#next];
    return new SyntaxError(token === undefined ? `${this.formula} ends too early` : `unexpected ${token.value} in ${this.formula}`);
  }
}
