// Words of Forth -> JavaScript on a stack.
#ifndef COMPILE_H
#define COMPILE_H
#include <stdio.h>

/** Compiles `/project/PATH` and what it includes; mistakes go to stderr and are counted by `complaints`. */
void compile_program(const char *path, FILE *out);
#endif
