// Memory and the canonical ABI for a plugin without a C library.
#ifndef ABI_H
#define ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

/// UTF-8, not ended by a zero.
typedef struct {
  const char *data;
  size_t length;
} text_t;

typedef struct {
  uint8_t *data;
  size_t length;
} bytes_t;

/// A text of a string literal.
#define TEXT(literal) ((text_t){(literal), sizeof(literal) - 1})

/// Zeroed memory, aligned for every type. It is there until the host has read the result of the call: what is to last
/// longer belongs into static variables.
void *call_alloc(size_t size);

/// `count` texts, one after another.
text_t text_join(int count, ...);

// What follows is for contract.c.

void abi_enter(void);
void abi_leave(void);

#define ABI_ACCESS(name, type, core)                                  \
  static inline core load_##name(const void *base, size_t offset) {   \
    type value;                                                       \
    __builtin_memcpy(&value, (const char *)base + offset, sizeof value); \
    return (core)value;                                               \
  }                                                                   \
  static inline void store_##name(void *base, size_t offset, core from) { \
    type value = (type)from;                                          \
    __builtin_memcpy((char *)base + offset, &value, sizeof value);    \
  }
ABI_ACCESS(u8, uint8_t, uint32_t)
ABI_ACCESS(s8, int8_t, uint32_t)
ABI_ACCESS(u16, uint16_t, uint32_t)
ABI_ACCESS(s16, int16_t, uint32_t)
ABI_ACCESS(i32, uint32_t, uint32_t)
ABI_ACCESS(i64, uint64_t, uint64_t)
ABI_ACCESS(f32, float, float)
ABI_ACCESS(f64, double, double)

#define ABI_BITS(name, from, to)                          \
  static inline to name(from value) {                     \
    to bits;                                              \
    __builtin_memcpy(&bits, &value, sizeof bits);         \
    return bits;                                          \
  }
ABI_BITS(bits_of_float, float, uint32_t)
ABI_BITS(float_of_bits, uint32_t, float)
ABI_BITS(bits_of_double, double, uint64_t)
ABI_BITS(double_of_bits, uint64_t, double)

#endif
