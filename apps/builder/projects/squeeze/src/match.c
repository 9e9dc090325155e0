#include "match.h"

#include <string.h>

static unsigned hash(const uint8_t *bytes) {
    uint32_t word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    return (word * 2654435761u) >> (32 - HASH_BITS);
}

void matcher_init(matcher *m) {
    memset(m->head, -1, sizeof m->head);
    memset(m->previous, -1, sizeof m->previous);
}

static unsigned common(const uint8_t *a, const uint8_t *b, size_t limit) {
    unsigned length = 0;
    while (length < limit && length < MAX_MATCH && a[length] == b[length]) length++;
    return length;
}

match matcher_find(const matcher *m, const uint8_t *bytes, size_t length, size_t at) {
    match best = {0, 0};
    if (at + MIN_MATCH > length) return best;
    int32_t candidate = m->head[hash(bytes + at)];
    for (int tries = 0; tries < MAX_CHAIN && candidate >= 0; tries++) {
        size_t distance = at - (size_t)candidate;
        if (distance >= WINDOW) break;
        unsigned found = common(bytes + candidate, bytes + at, length - at);
        if (found >= MIN_MATCH && found > best.length) best = (match){found, (unsigned)distance};
        candidate = m->previous[candidate % WINDOW];
    }
    return best;
}

void matcher_add(matcher *m, const uint8_t *bytes, size_t length, size_t at) {
    if (at + MIN_MATCH > length) return;
    unsigned slot = hash(bytes + at);
    m->previous[at % WINDOW] = m->head[slot];
    m->head[slot] = (int32_t)at;
}
