#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>

static void grow(buffer *b) {
    size_t capacity = b->capacity == 0 ? 256 : b->capacity * 2;
    uint8_t *bytes = realloc(b->bytes, capacity);
    if (bytes == NULL) {
        fputs("squeeze: out of memory\n", stderr);
        exit(1);
    }
    b->bytes = bytes;
    b->capacity = capacity;
}

void buffer_free(buffer *b) {
    free(b->bytes);
    *b = (buffer){0};
}

void buffer_byte(buffer *b, uint8_t byte) {
    if (b->length == b->capacity) grow(b);
    b->bytes[b->length++] = byte;
}

void buffer_bits(buffer *b, uint32_t value, unsigned count) {
    while (count > 0) {
        b->pending |= (value & 1u) << b->pending_count++;
        value >>= 1;
        count--;
        if (b->pending_count == 8) buffer_flush(b);
    }
}

void buffer_flush(buffer *b) {
    if (b->pending_count > 0) buffer_byte(b, (uint8_t)b->pending);
    b->pending = 0;
    b->pending_count = 0;
}

uint32_t read_bits(bit_reader *r, unsigned count) {
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++, r->at++) {
        if (r->at / 8 < r->length) value |= (uint32_t)((r->bytes[r->at / 8] >> (r->at % 8)) & 1) << i;
    }
    return value;
}
