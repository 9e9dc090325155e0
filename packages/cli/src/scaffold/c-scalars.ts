// The WIT types without parts -> C types and the functions of wire.h that carry them.

/** A type that C has, or that wire.h has: how it is read from JSON and written to it. */
export interface Scalar {
  readonly type: string;
  readonly read: (json: string) => string;
  readonly write: (value: string) => string;
}

const signed = (bits: number): Scalar => ({
  type: `int${bits}_t`,
  read: (json) => `(int${bits}_t)read_signed(call, ${json}, INT${bits}_MIN, INT${bits}_MAX)`,
  write: (value) => `write_signed(out, ${value});`,
});
const unsigned = (bits: number): Scalar => ({
  type: `uint${bits}_t`,
  read: (json) => `(uint${bits}_t)read_unsigned(call, ${json}, UINT${bits}_MAX)`,
  write: (value) => `write_unsigned(out, ${value});`,
});
const plain = (type: string, name: string): Scalar => ({
  type,
  read: (json) => `read_${name}(call, ${json})`,
  write: (value) => `write_${name}(out, ${value});`,
});
const float = (type: string, digits: number): Scalar => ({
  type,
  read: (json) => `(${type})read_float(call, ${json})`,
  write: (value) => `write_float(out, ${value}, ${digits});`,
});

// 9 and 17 digits are what gives every float and double back (C11 5.2.4.2.2, DECIMAL_DIG).
export const SCALARS: Readonly<Record<string, Scalar>> = {
  bool: plain("bool", "bool"),
  u8: unsigned(8),
  u16: unsigned(16),
  u32: unsigned(32),
  u64: unsigned(64),
  s8: signed(8),
  s16: signed(16),
  s32: signed(32),
  s64: signed(64),
  f32: float("float", 9),
  f64: float("double", 17),
  char: plain("uint32_t", "char"),
  string: plain("text_t", "text"),
  "error-context": plain("text_t", "text"),
};
export const TEXT: Scalar = plain("text_t", "text");
export const BYTES: Scalar = plain("bytes_t", "bytes");
