#include "huffman.h"

#include <string.h>

/* Gives every symbol the depth of its leaf; joins the two lightest trees until one is left. */
static unsigned depths(uint8_t *bits, const uint32_t *counts) {
    uint64_t weight[2 * SYMBOLS];
    int parent[2 * SYMBOLS];
    int nodes = SYMBOLS, alive = 0;
    for (int i = 0; i < SYMBOLS; i++) {
        weight[i] = counts[i];
        parent[i] = -1;
        alive += counts[i] > 0;
    }
    for (; alive > 1; alive--, nodes++) {
        int low[2] = {-1, -1};
        for (int i = 0; i < nodes; i++) {
            if (weight[i] == 0 || parent[i] >= 0) continue;
            if (low[0] < 0 || weight[i] < weight[low[0]]) {
                low[1] = low[0];
                low[0] = i;
            } else if (low[1] < 0 || weight[i] < weight[low[1]]) {
                low[1] = i;
            }
        }
        weight[nodes] = weight[low[0]] + weight[low[1]];
        parent[nodes] = -1;
        parent[low[0]] = parent[low[1]] = nodes;
    }
    unsigned deepest = 0;
    for (int i = 0; i < SYMBOLS; i++) {
        unsigned depth = 0;
        for (int at = parent[i]; at >= 0; at = parent[at]) depth++;
        bits[i] = (uint8_t)(counts[i] > 0 && depth == 0 ? 1 : depth);
        if (depth > deepest) deepest = depth;
    }
    return deepest;
}

static void assign_codes(huffman *h) {
    unsigned code = 0;
    for (unsigned length = 1; length <= MAX_BITS; length++, code <<= 1) {
        for (int i = 0; i < SYMBOLS; i++) {
            if (h->bits[i] == length) h->code[i] = (uint16_t)code++;
        }
    }
}

void huffman_from_counts(huffman *h, const uint32_t *counts) {
    uint32_t flat[SYMBOLS];
    memcpy(flat, counts, sizeof flat);
    /* Halving the counts brings the extremes together until no code word is too long. */
    while (depths(h->bits, flat) > MAX_BITS) {
        for (int i = 0; i < SYMBOLS; i++) flat[i] = (flat[i] + 1) / 2;
    }
    assign_codes(h);
}

/* Four bits for each length; 0 is followed by the number of zeros after it, in six bits. */
void huffman_write_lengths(const huffman *h, buffer *out) {
    for (int i = 0; i < SYMBOLS; i++) {
        buffer_bits(out, h->bits[i], 4);
        if (h->bits[i] != 0) continue;
        int run = 0;
        while (run < 63 && i + 1 < SYMBOLS && h->bits[i + 1] == 0) run++, i++;
        buffer_bits(out, (uint32_t)run, 6);
    }
}

void huffman_read_lengths(huffman *h, bit_reader *in) {
    memset(h, 0, sizeof *h);
    for (int i = 0; i < SYMBOLS; i++) {
        h->bits[i] = (uint8_t)read_bits(in, 4);
        if (h->bits[i] == 0) i += (int)read_bits(in, 6);
    }
    assign_codes(h);
}

void huffman_write(const huffman *h, buffer *out, unsigned symbol) {
    for (int bit = h->bits[symbol] - 1; bit >= 0; bit--) buffer_bits(out, h->code[symbol] >> bit & 1u, 1);
}

int huffman_read(const huffman *h, bit_reader *in) {
    unsigned code = 0;
    for (unsigned length = 1; length <= MAX_BITS; length++) {
        code = code << 1 | read_bits(in, 1);
        for (int i = 0; i < SYMBOLS; i++) {
            if (h->bits[i] == length && h->code[i] == code) return i;
        }
    }
    return -1;
}
