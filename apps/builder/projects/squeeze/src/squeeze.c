#include "squeeze.h"

#include <stdlib.h>

#include "huffman.h"
#include "match.h"

enum { DISTANCE_BITS = 14, LENGTH_SYMBOL = 256 };

typedef struct {
    uint16_t symbol; /* a byte, or 256 + (length - MIN_MATCH) */
    uint16_t distance;
} token;

static size_t tokenize(const uint8_t *bytes, size_t length, token *tokens) {
    matcher *m = malloc(sizeof *m);
    if (m == NULL) return 0;
    matcher_init(m);
    size_t count = 0;
    for (size_t at = 0; at < length;) {
        match found = matcher_find(m, bytes, length, at);
        size_t step = found.length > 0 ? found.length : 1;
        tokens[count].symbol = (uint16_t)(found.length > 0 ? LENGTH_SYMBOL + found.length - MIN_MATCH : bytes[at]);
        tokens[count++].distance = (uint16_t)found.distance;
        while (step-- > 0) matcher_add(m, bytes, length, at++);
    }
    free(m);
    return count;
}

void pack(const uint8_t *bytes, size_t length, buffer *out) {
    token *tokens = calloc(length + 1, sizeof *tokens);
    if (tokens == NULL) return;
    size_t count = tokenize(bytes, length, tokens);
    uint32_t counts[SYMBOLS] = {0};
    for (size_t i = 0; i < count; i++) counts[tokens[i].symbol]++;
    huffman code;
    huffman_from_counts(&code, counts);
    buffer_bits(out, (uint32_t)length, 32);
    huffman_write_lengths(&code, out);
    for (size_t i = 0; i < count; i++) {
        huffman_write(&code, out, tokens[i].symbol);
        if (tokens[i].symbol >= LENGTH_SYMBOL) buffer_bits(out, tokens[i].distance, DISTANCE_BITS);
    }
    buffer_flush(out);
    free(tokens);
}

int unpack(const uint8_t *bytes, size_t length, buffer *out) {
    bit_reader in = {bytes, length, 0};
    size_t wanted = read_bits(&in, 32);
    huffman code;
    huffman_read_lengths(&code, &in);
    while (out->length < wanted) {
        int symbol = huffman_read(&code, &in);
        if (symbol < 0) return -1;
        if (symbol < LENGTH_SYMBOL) {
            buffer_byte(out, (uint8_t)symbol);
            continue;
        }
        size_t distance = read_bits(&in, DISTANCE_BITS);
        if (distance == 0 || distance > out->length) return -1;
        for (int left = symbol - LENGTH_SYMBOL + MIN_MATCH; left > 0; left--) buffer_byte(out, out->bytes[out->length - distance]);
    }
    return out->length == wanted ? 0 : -1;
}
