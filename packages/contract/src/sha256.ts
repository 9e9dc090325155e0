// Bytes -> SHA-256 in hex (FIPS 180-4). Own code because this package runs where neither `node:crypto` nor a
// synchronous Web Crypto exists; inputs are contract descriptions of a few kilobytes.

const K: Uint32Array = primeConstants(64, 1 / 3);
const INITIAL: Uint32Array = primeConstants(8, 1 / 2);

/** The SHA-256 of `data` (a string counts as its UTF-8 bytes) in 64 lower-case hex digits. */
export function sha256(data: Uint8Array | string): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const state = INITIAL.slice();
  const schedule = new Uint32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  compressAll(state, schedule, new DataView(bytes.buffer, bytes.byteOffset, whole));
  compressAll(state, schedule, new DataView(padding(bytes.subarray(whole), bytes.length).buffer));
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** The last partial block with the end mark and the length in bits: one or two blocks. */
function padding(rest: Uint8Array, totalBytes: number): Uint8Array<ArrayBuffer> {
  const tail = new Uint8Array(rest.length < 56 ? 64 : 128);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(totalBytes / 0x2000_0000));
  view.setUint32(tail.length - 4, (totalBytes * 8) >>> 0);
  return tail;
}

function compressAll(state: Uint32Array, schedule: Uint32Array, blocks: DataView): void {
  for (let offset = 0; offset < blocks.byteLength; offset += 64) {
    for (let i = 0; i < 16; i++) schedule[i] = blocks.getUint32(offset + 4 * i);
    for (let i = 16; i < 64; i++) {
      const w15 = at(schedule, i - 15);
      const w2 = at(schedule, i - 2);
      const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
      const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
      schedule[i] = at(schedule, i - 16) + s0 + at(schedule, i - 7) + s1;
    }
    compress(state, schedule);
  }
}

function compress(state: Uint32Array, schedule: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(K, i) + at(schedule, i)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = at(state, i) + word;
  });
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}

/**
 * The first 32 bits of the fractional parts of `root`-th powers of the first primes (FIPS 180-4 sections 4.2.2 and
 * 5.3.3). Doubles are exact enough: 52 bits hold the integer part (below 8) and the 32 bits wanted.
 */
function primeConstants(count: number, root: number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return Uint32Array.from(primes, (p) => Math.floor((p ** root % 1) * 2 ** 32));
}
