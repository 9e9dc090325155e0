/* A canonical Huffman code: the lengths of the code words say everything. */
#ifndef SQUEEZE_HUFFMAN_H
#define SQUEEZE_HUFFMAN_H

#include "buffer.h"

enum { MAX_BITS = 15, SYMBOLS = 256 + 64 };

typedef struct {
    uint8_t bits[SYMBOLS];  /* 0 where the symbol does not occur */
    uint16_t code[SYMBOLS]; /* the first bit highest */
} huffman;

void huffman_from_counts(huffman *h, const uint32_t *counts);
void huffman_write_lengths(const huffman *h, buffer *out);
void huffman_read_lengths(huffman *h, bit_reader *in);
void huffman_write(const huffman *h, buffer *out, unsigned symbol);
/* The next symbol, or -1 where no code word fits. */
int huffman_read(const huffman *h, bit_reader *in);

#endif
