/* A growing array of bytes, with a bit writer and a bit reader over it. */
#ifndef SQUEEZE_BUFFER_H
#define SQUEEZE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    uint32_t pending; /* bits that do not fill a byte yet */
    unsigned pending_count;
} buffer;

typedef struct {
    const uint8_t *bytes;
    size_t length;
    size_t at; /* in bits */
} bit_reader;

void buffer_free(buffer *b);
void buffer_byte(buffer *b, uint8_t byte);
/* Writes the low `count` bits of `value`, the lowest first. */
void buffer_bits(buffer *b, uint32_t value, unsigned count);
/* Fills the last byte with zeros. */
void buffer_flush(buffer *b);

/* The next bits, the first one lowest; zeros after the end. */
uint32_t read_bits(bit_reader *r, unsigned count);

#endif
