/* CRC-32, to know that what comes out is what went in. */
#ifndef SQUEEZE_CRC_H
#define SQUEEZE_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const uint8_t *bytes, size_t length);

#endif
