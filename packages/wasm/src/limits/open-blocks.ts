// The blocks that are open at an instruction -> how much is uncharged on the longest way to it.
import { OP } from "./opcodes.ts";

/** No jump to this label was seen. */
const UNSEEN = -1;

/** One entry for each open block: its opcode; what was uncharged on the longest way to its end, and at its start. */
export class OpenBlocks {
  depth = 0;
  readonly #kinds: number[] = [];
  readonly #atEnd: number[] = [];
  readonly #atStart: number[] = [];

  open(kind: number, uncharged: number): void {
    const depth = this.depth++;
    this.#kinds[depth] = kind;
    this.#atEnd[depth] = UNSEEN;
    this.#atStart[depth] = uncharged;
  }

  /** Whether the innermost block is the first half of an `if`. */
  get isIf(): boolean {
    return this.depth > 0 && this.#kinds[this.depth - 1] === OP.if;
  }

  /** Whether code behind the innermost block is reached by more ways than through its end. */
  get isJoint(): boolean {
    const top = this.depth - 1;
    const kind = this.#kinds[top];
    return !(kind === OP.block || kind === OP.loop || kind === OP.tryTable) || this.#atEnd[top] !== UNSEEN;
  }

  /** A jump out of `label + 1` blocks; those to a loop need no note, its head charges. */
  jump(label: number, uncharged: number): void {
    const top = this.depth - 1 - label;
    if ((this.#atEnd[top] as number) < uncharged) this.#atEnd[top] = uncharged;
  }

  /** Gives what is uncharged where the other half begins. */
  else(uncharged: number): number {
    this.jump(0, uncharged);
    this.#kinds[this.depth - 1] = OP.else;
    return this.#atStart[this.depth - 1] as number;
  }

  /** Gives what is uncharged behind the end. */
  end(uncharged: number): number {
    if (this.isJoint) {
      this.jump(0, uncharged);
      if (this.isIf) this.jump(0, this.#atStart[this.depth - 1] as number);
    }
    const after = this.#atEnd[--this.depth] as number;
    return after === UNSEEN ? uncharged : after;
  }
}
