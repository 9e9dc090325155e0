#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crc.h"
#include "samples.h"
#include "squeeze.h"

/* Packs and unpacks, prints one line, and says whether the same bytes came back. */
static int report(const char *name, const buffer *input) {
    buffer packed = {0}, unpacked = {0};
    pack(input->bytes, input->length, &packed);
    int failed = unpack(packed.bytes, packed.length, &unpacked);
    int same = failed == 0 && unpacked.length == input->length && memcmp(unpacked.bytes, input->bytes, input->length) == 0;
    printf("%s: %zu -> %zu bytes, crc %08" PRIx32 ", %s\n", name, input->length, packed.length,
           crc32(packed.bytes, packed.length), same ? "round trip ok" : "ROUND TRIP FAILED");
    buffer_free(&packed);
    buffer_free(&unpacked);
    return same ? 0 : 1;
}

static int report_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "squeeze: cannot open %s\n", path);
        return 1;
    }
    buffer input = {0};
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) buffer_byte(&input, (uint8_t)c);
    fclose(file);
    int status = report(path, &input);
    buffer_free(&input);
    return status;
}

int main(int argc, char **argv) {
    if (argc > 1) return report_file(argv[1]);
    int status = 0;
    for (size_t i = 0; i < sample_count; i++) {
        buffer input = {0};
        samples[i].fill(&input);
        status |= report(samples[i].name, &input);
        buffer_free(&input);
    }
    return status;
}
