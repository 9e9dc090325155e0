/* Finds earlier places in a text that start with the same bytes. */
#ifndef SQUEEZE_MATCH_H
#define SQUEEZE_MATCH_H

#include <stddef.h>
#include <stdint.h>

enum { MIN_MATCH = 3, MAX_MATCH = 66, WINDOW = 1 << 14, HASH_BITS = 12, MAX_CHAIN = 64 };

typedef struct {
    int32_t head[1 << HASH_BITS];
    int32_t previous[WINDOW];
} matcher;

typedef struct {
    unsigned length; /* 0 where there is none of MIN_MATCH bytes */
    unsigned distance;
} match;

void matcher_init(matcher *m);
match matcher_find(const matcher *m, const uint8_t *bytes, size_t length, size_t at);
/* Makes the place known for later searches. */
void matcher_add(matcher *m, const uint8_t *bytes, size_t length, size_t at);

#endif
