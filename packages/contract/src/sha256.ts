// Bytes -> SHA-256 in hex (FIPS 180-4). Own code because this package runs where neither `node:crypto` nor a
// synchronous Web Crypto exists; inputs are contract descriptions of a few kilobytes.

const K: Int32Array = primeConstants(64, 1 / 3);
const INITIAL: Int32Array = primeConstants(8, 1 / 2);

const encoder = new TextEncoder();

/** The SHA-256 of `data` (a string counts as its UTF-8 bytes) in 64 lower-case hex digits. */
export function sha256(data: Uint8Array | string): string {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  const state = INITIAL.slice();
  const schedule = new Int32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  compressAll(state, schedule, new DataView(bytes.buffer, bytes.byteOffset, whole));
  compressAll(state, schedule, new DataView(padding(bytes.subarray(whole), bytes.length).buffer));
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
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

/*
 * Plain assignments and one function per block: modules hash their contract while they load, in code that has not been
 * compiled yet, and every call and array in the inner loop shows in a program's start.
 */

function compressAll(state: Int32Array, w: Int32Array, blocks: DataView): void {
  for (let offset = 0; offset < blocks.byteLength; offset += 64) {
    for (let i = 0; i < 16; i++) w[i] = blocks.getInt32(offset + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15] as number;
      const b = w[i - 2] as number;
      const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1;
    }
    compress(state, w);
  }
}

function compress(state: Int32Array, w: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] as number) + (w[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const add = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = (state[i] as number) + (add[i] as number);
}

/**
 * The first 32 bits of the fractional parts of `root`-th powers of the first primes (FIPS 180-4 sections 4.2.2 and
 * 5.3.3). Doubles are exact enough: 52 bits hold the integer part (below 8) and the 32 bits wanted.
 */
function primeConstants(count: number, root: number): Int32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return Int32Array.from(primes, (p) => Math.floor((p ** root % 1) * 2 ** 32));
}
