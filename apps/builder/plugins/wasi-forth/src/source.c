#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE_BYTES = 1 << 20 };
static int complaint_count;

char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = malloc(MAX_FILE_BYTES + 1);
  size_t length = text == NULL ? 0 : fread(text, 1, MAX_FILE_BYTES + 1, file);
  bool failed = text == NULL || ferror(file) != 0 || length > MAX_FILE_BYTES || memchr(text, '\0', length) != NULL;
  fclose(file);
  if (failed) {
    free(text);
    return NULL;
  }
  text[length] = '\0';
  return text;
}

static void step(struct source *source) {
  if (*source->rest == '\n') {
    source->line++;
    source->column = 0;
  }
  // Bytes inside of a character have no column of their own.
  if ((*source->rest & 0xc0) != 0x80) source->column++;
  source->rest++;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void read_raw(struct source *source, struct word *word) {
  while (is_space(*source->rest)) step(source);
  *word = (struct word){source->rest, 0, source->line, source->column};
  while (*source->rest != '\0' && !is_space(*source->rest)) step(source);
  word->length = (size_t)(source->rest - word->text);
}

bool next_word(struct source *source, struct word *word) {
  for (;;) {
    read_raw(source, word);
    if (word->length == 0) return false;
    if (is_word(word, "\\")) {
      while (*source->rest != '\0' && *source->rest != '\n') step(source);
    } else if (is_word(word, "(")) {
      struct word comment;
      if (!text_until(source, ')', &comment)) complain(source, word, "this comment is not closed:");
    } else {
      return true;
    }
  }
}

bool text_until(struct source *source, char end, struct word *text) {
  if (is_space(*source->rest)) step(source);
  *text = (struct word){source->rest, 0, source->line, source->column};
  while (*source->rest != '\0' && *source->rest != end) step(source);
  text->length = (size_t)(source->rest - text->text);
  if (*source->rest == '\0') return false;
  step(source);
  return true;
}

bool is_word(const struct word *word, const char *text) {
  return strlen(text) == word->length && memcmp(word->text, text, word->length) == 0;
}

void complain(const struct source *source, const struct word *word, const char *message) {
  complaint_count++;
  // A word without an end is no reason for a line without one.
  int length = word->length > 40 ? 40 : (int)word->length;
  fprintf(stderr, "%s:%d:%d: error: %s '%.*s'\n", source->path, word->line, word->column, message, length, word->text);
}

int complaints(void) { return complaint_count; }
