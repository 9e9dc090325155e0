// Messages cross the gRPC library as bytes; the codecs of the contract stand outside of it.

/** Without a copy where the bytes already are a Buffer. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function fromBuffer(bytes: Buffer): Uint8Array {
  return bytes;
}
