/* What is packed when no file is given. */
#ifndef SQUEEZE_SAMPLES_H
#define SQUEEZE_SAMPLES_H

#include "buffer.h"

typedef struct {
    const char *name;
    void (*fill)(buffer *out);
} sample;

extern const sample samples[];
extern const size_t sample_count;

#endif
