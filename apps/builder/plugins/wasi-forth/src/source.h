// A source file as words with their places, and what is said about them.
#ifndef SOURCE_H
#define SOURCE_H
#include <stdbool.h>
#include <stddef.h>

struct word {
  const char *text;
  size_t length;
  int line;
  int column;
};

struct source {
  /** Relative to the project. */
  const char *path;
  const char *rest;
  int line;
  int column;
};

/** The whole file, ended by NUL; NULL where it cannot be read. The caller frees it. */
char *read_file(const char *path);

/** The next word that is in no comment; false at the end. */
bool next_word(struct source *source, struct word *word);

/** The text up to `end`, which is stepped over; false where it never comes. The text keeps its place in the file. */
bool text_until(struct source *source, char end, struct word *text);

bool is_word(const struct word *word, const char *text);

/** Prints `FILE:LINE:COLUMN: error: MESSAGE 'WORD'`, and counts it. */
void complain(const struct source *source, const struct word *word, const char *message);
int complaints(void);
#endif
