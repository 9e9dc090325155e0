// The one-shot program of the exec rows: `add A B` prints the sum, `cat` copies its input, `build` prints a JSON answer.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 20];

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "add") == 0) {
    printf("%d\n", atoi(argv[2]) + atoi(argv[3]));
    return 0;
  }
  if (argc < 2 || strcmp(argv[1], "cat") != 0) return 64;
  for (;;) {
    ssize_t got = read(0, buffer, sizeof buffer);
    if (got < 0) return 1;
    if (got == 0) return 0;
    for (ssize_t at = 0; at < got;) {
      ssize_t put = write(1, buffer + at, (size_t)(got - at));
      if (put < 0) return 1;
      at += put;
    }
  }
}
