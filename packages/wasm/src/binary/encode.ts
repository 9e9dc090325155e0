// Numbers, names and vectors -> the bytes of a WebAssembly binary. For small modules and for tests: correct, not fast.

export type Bytes = readonly number[];

/** Unsigned LEB128. */
export function uleb(value: number): Bytes {
  const bytes: number[] = [];
  let left = value;
  do {
    const byte = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? byte | 0x80 : byte);
  } while (left > 0);
  return bytes;
}

/** A type index where a primitive could stand: signed LEB128 of a number that is not negative. */
export function typeIndex(index: number): Bytes {
  const bytes = [...uleb(index)];
  const last = bytes.at(-1) ?? 0;
  if ((last & 0x40) === 0) return bytes;
  bytes[bytes.length - 1] = last | 0x80;
  return [...bytes, 0x00];
}

/** A name with its length before it. */
export function text(value: string): Bytes {
  const bytes = new TextEncoder().encode(value);
  return [...uleb(bytes.length), ...bytes];
}

/** Items with their number before them. */
export function vec(items: readonly Bytes[]): Bytes {
  return [...uleb(items.length), ...items.flat()];
}

/** A section: its id, its size, its content. */
export function section(id: number, content: Bytes): Bytes {
  return [id, ...uleb(content.length), ...content];
}

export const COMPONENT_HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
