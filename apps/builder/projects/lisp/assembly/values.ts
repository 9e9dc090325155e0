// What a Lisp expression is once it has been read or evaluated.

export enum Kind {
  Nil,
  Number,
  Bool,
  Symbol,
  Text,
  Pair,
  Builtin,
  Closure,
  Failure,
}

export abstract class Value {
  constructor(public kind: Kind) {}

  /** Everything but `#f` and the empty list counts as true. */
  get isTrue(): bool {
    return this.kind != Kind.Nil && !(this instanceof BoolValue && !(this as BoolValue).flag);
  }
}

export class NilValue extends Value {
  constructor() {
    super(Kind.Nil);
  }
}

export class NumberValue extends Value {
  constructor(public number: f64) {
    super(Kind.Number);
  }
}

export class BoolValue extends Value {
  constructor(public flag: bool) {
    super(Kind.Bool);
  }
}

export class SymbolValue extends Value {
  constructor(public name: string) {
    super(Kind.Symbol);
  }
}

export class TextValue extends Value {
  constructor(public text: string) {
    super(Kind.Text);
  }
}

export class Pair extends Value {
  constructor(
    public head: Value,
    public tail: Value,
  ) {
    super(Kind.Pair);
  }
}

/** An error travels as a value: AssemblyScript has no exceptions to catch. */
export class Failure extends Value {
  constructor(public message: string) {
    super(Kind.Failure);
  }
}

export const NIL = new NilValue();
export const TRUE = new BoolValue(true);
export const FALSE = new BoolValue(false);

export function listOf(items: Value[]): Value {
  let list: Value = NIL;
  for (let i = items.length - 1; i >= 0; i--) list = new Pair(items[i], list);
  return list;
}

export function itemsOf(list: Value): Value[] {
  const items: Value[] = [];
  let rest = list;
  while (rest.kind == Kind.Pair) {
    items.push((rest as Pair).head);
    rest = (rest as Pair).tail;
  }
  return items;
}
