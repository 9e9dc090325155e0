// forthc ENTRY: compiles the Forth program /project/ENTRY to /out/main.mjs. It exits with 65 where the program has mistakes,
// each a line on standard error, and with 73 where a file cannot be written. It knows nothing of Tenon.
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "compile.h"
#include "source.h"

static const char *const OUTPUT = "/out/main.mjs";

int main(int count, char **args) {
  if (count != 2) {
    fputs("usage: forthc ENTRY\n", stderr);
    return EX_USAGE;
  }
  FILE *out = fopen(OUTPUT, "wb");
  if (out == NULL) {
    perror(OUTPUT);
    return EX_CANTCREAT;
  }
  compile_program(args[1], out);
  int failed = ferror(out) | fclose(out);
  if (complaints() > 0) {
    unlink(OUTPUT);
    return EX_DATAERR;
  }
  if (failed != 0) perror(OUTPUT);
  return failed != 0 ? EX_CANTCREAT : EX_OK;
}
