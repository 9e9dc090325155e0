#include "samples.h"

static const char *const WORDS[] = {"tenon", "mortise", "joint", "board", "chisel", "grain", "glue", "saw"};

/* The same numbers on every machine. */
static uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void prose(buffer *out) {
    uint32_t state = 2463534242u;
    while (out->length < 20000) {
        for (const char *c = WORDS[next_random(&state) % 8]; *c != '\0'; c++) buffer_byte(out, (uint8_t)*c);
        buffer_byte(out, next_random(&state) % 9 == 0 ? '\n' : ' ');
    }
}

static void zeros(buffer *out) {
    while (out->length < 10000) buffer_byte(out, 0);
}

static void noise(buffer *out) {
    uint32_t state = 88675123u;
    while (out->length < 5000) buffer_byte(out, (uint8_t)(next_random(&state) >> 11));
}

const sample samples[] = {{"prose", prose}, {"zeros", zeros}, {"noise", noise}};
const size_t sample_count = sizeof samples / sizeof samples[0];
