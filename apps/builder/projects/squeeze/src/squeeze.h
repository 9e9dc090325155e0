/* Bytes -> fewer bytes, and back. */
#ifndef SQUEEZE_SQUEEZE_H
#define SQUEEZE_SQUEEZE_H

#include "buffer.h"

void pack(const uint8_t *bytes, size_t length, buffer *out);
/* Returns 0, or -1 where the input is damaged. */
int unpack(const uint8_t *bytes, size_t length, buffer *out);

#endif
