// The table keys of a contract's types -> one run of bytes, which every instance gets once into its memory.

/** Where a key stands behind `Machine.keys`. */
export interface Key {
  readonly offset: number;
  readonly length: number;
}

export class Keys {
  readonly #known = new Map<string, Key>();
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  of(text: string): Key {
    let key = this.#known.get(text);
    if (key === undefined) {
      const bytes = new TextEncoder().encode(text);
      key = { offset: this.#size, length: bytes.length };
      this.#known.set(text, key);
      this.#parts.push(bytes);
      this.#size += bytes.length;
    }
    return key;
  }

  /** All keys so far; keys asked for later are not in it. */
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }
}
