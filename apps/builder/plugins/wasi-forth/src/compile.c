#include "compile.h"

#include <stdlib.h>
#include <string.h>

#include "source.h"

enum { MAX_NAMES = 4096, MAX_OPEN = 64, MAX_INCLUDES = 32, MAX_PATH_BYTES = 512 };

/** Words that are one piece of JavaScript. */
static const char *const PRIMITIVES[][2] = {
    {"+", "b = pop(); a = pop(); push(a + b);"},
    {"-", "b = pop(); a = pop(); push(a - b);"},
    {"*", "b = pop(); a = pop(); push(Math.imul(a, b));"},
    {"/", "b = pop(); a = pop(); push(divide(a, b));"},
    {"mod", "b = pop(); a = pop(); push(a - Math.imul(divide(a, b), b));"},
    {"negate", "push(-pop());"},
    {"abs", "push(Math.abs(pop()));"},
    {"min", "b = pop(); a = pop(); push(Math.min(a, b));"},
    {"max", "b = pop(); a = pop(); push(Math.max(a, b));"},
    {"and", "b = pop(); a = pop(); push(a & b);"},
    {"or", "b = pop(); a = pop(); push(a | b);"},
    {"xor", "b = pop(); a = pop(); push(a ^ b);"},
    {"lshift", "b = pop(); a = pop(); push(a << b);"},
    {"rshift", "b = pop(); a = pop(); push(a >>> b);"},
    {"=", "b = pop(); a = pop(); push(a === b ? -1 : 0);"},
    {"<>", "b = pop(); a = pop(); push(a !== b ? -1 : 0);"},
    {"<", "b = pop(); a = pop(); push(a < b ? -1 : 0);"},
    {">", "b = pop(); a = pop(); push(a > b ? -1 : 0);"},
    {"0=", "push(pop() === 0 ? -1 : 0);"},
    {"dup", "a = pop(); push(a); push(a);"},
    {"?dup", "a = pop(); push(a); if (a !== 0) push(a);"},
    {"drop", "pop();"},
    {"swap", "b = pop(); a = pop(); push(b); push(a);"},
    {"over", "b = pop(); a = pop(); push(a); push(b); push(a);"},
    {"rot", "c = pop(); b = pop(); a = pop(); push(b); push(c); push(a);"},
    {"2dup", "b = pop(); a = pop(); push(a); push(b); push(a); push(b);"},
    {"2drop", "pop(); pop();"},
    {"@", "push(load(pop()));"},
    {"!", "a = pop(); store(a, pop());"},
    {"+!", "a = pop(); store(a, load(a) + pop());"},
    {"i", "push(loops.at(-1));"},
    {"j", "push(loops.at(-2));"},
    {"emit", "print(String.fromCodePoint(pop() & 0xffff));"},
    {"cr", "print(\"\\n\");"},
    {"space", "print(\" \");"},
    {"spaces", "print(\" \".repeat(Math.max(0, pop())));"},
    {".", "print(`${pop()} `);"},
    {".r", "b = pop(); print(String(pop()).padStart(b));"},
};

static const char *const PRELUDE =
    "let out = \"\";\n"
    "const stack = [], loops = [], memory = [];\n"
    "const push = (value) => { stack.push(value | 0); };\n"
    "const pop = () => { if (stack.length === 0) throw new Error(\"the stack is empty\"); return stack.pop(); };\n"
    "const divide = (a, b) => { if (b === 0) throw new Error(\"division by zero\"); return Math.floor(a / b); };\n"
    "const check = (at) => { if (!(at in memory)) throw new Error(`there is no memory at ${at}`); return at; };\n"
    "const load = (at) => memory[check(at)];\n"
    "const store = (at, value) => { memory[check(at)] = value | 0; };\n"
    "const print = (text) => { out += text; };\n"
    "let a, b, c;\n";

enum block { IN_WORD, IN_IF, IN_ELSE, IN_BEGIN, IN_WHILE, IN_DO };

struct open_block {
  enum block kind;
  struct word word;
};

static struct {
  FILE *out;
  struct word names[MAX_NAMES];
  int name_count;
  struct open_block open[MAX_OPEN];
  int open_count;
  char *included[MAX_INCLUDES];
  int included_count;
  int cells;
} state;

static void compile_file(const char *path, const struct source *from, const struct word *where);

/** The latest word of this name, or -1. */
static int find_name(const struct word *word) {
  for (int at = state.name_count - 1; at >= 0; at--) {
    const struct word *name = &state.names[at];
    if (name->length == word->length && memcmp(name->text, word->text, word->length) == 0) return at;
  }
  return -1;
}

static int define_name(struct source *source, const struct word *after, struct word *name) {
  if (state.open_count > 0) complain(source, after, "only outside of other words and loops there can be a");
  if (!next_word(source, name)) {
    complain(source, after, "there is no name behind");
    return -1;
  }
  if (state.name_count == MAX_NAMES) {
    complain(source, name, "there are too many words:");
    return -1;
  }
  state.names[state.name_count] = *name;
  return state.name_count++;
}

static void open_block(struct source *source, enum block kind, const struct word *word, const char *code) {
  if (state.open_count == MAX_OPEN) {
    complain(source, word, "nested too deep:");
    return;
  }
  state.open[state.open_count++] = (struct open_block){kind, *word};
  fputs(code, state.out);
}

/** Closes the block of `kind`; says what is wrong where another one, or none, is open. */
static bool close_block(struct source *source, enum block kind, const struct word *word, const char *code) {
  if (state.open_count == 0 || state.open[state.open_count - 1].kind != kind) {
    complain(source, word, "nothing before it fits");
    return false;
  }
  state.open_count--;
  fputs(code, state.out);
  return true;
}

static bool compile_structure(struct source *source, const struct word *word) {
  if (is_word(word, "if")) {
    open_block(source, IN_IF, word, "if (pop() !== 0) {\n");
  } else if (is_word(word, "else")) {
    if (close_block(source, IN_IF, word, "} else {\n")) open_block(source, IN_ELSE, word, "");
  } else if (is_word(word, "then")) {
    bool has_else = state.open_count > 0 && state.open[state.open_count - 1].kind == IN_ELSE;
    close_block(source, has_else ? IN_ELSE : IN_IF, word, "}\n");
  } else if (is_word(word, "begin")) {
    open_block(source, IN_BEGIN, word, "for (;;) {\n");
  } else if (is_word(word, "until")) {
    close_block(source, IN_BEGIN, word, "if (pop() !== 0) break;\n}\n");
  } else if (is_word(word, "while")) {
    if (close_block(source, IN_BEGIN, word, "if (pop() === 0) break;\n")) open_block(source, IN_WHILE, word, "");
  } else if (is_word(word, "repeat")) {
    close_block(source, IN_WHILE, word, "}\n");
  } else if (is_word(word, "do")) {
    open_block(source, IN_DO, word, "b = pop(); a = pop();\nfor (let i = b, end = a; i < end; i++) {\nloops.push(i);\n");
  } else if (is_word(word, "loop")) {
    close_block(source, IN_DO, word, "loops.pop();\n}\n");
  } else {
    return false;
  }
  return true;
}

static bool compile_definition(struct source *source, const struct word *word) {
  struct word name;
  if (is_word(word, ":")) {
    int number = define_name(source, word, &name);
    fprintf(state.out, "function w%d() {\n", number);
    open_block(source, IN_WORD, word, "");
  } else if (is_word(word, ";")) {
    close_block(source, IN_WORD, word, "}\n");
  } else if (is_word(word, "variable")) {
    int number = define_name(source, word, &name);
    fprintf(state.out, "memory[%d] = 0;\nfunction w%d() { push(%d); }\n", state.cells, number, state.cells);
    state.cells++;
  } else if (is_word(word, "constant")) {
    int number = define_name(source, word, &name);
    fprintf(state.out, "const v%d = pop();\nfunction w%d() { push(v%d); }\n", number, number, number);
  } else {
    return false;
  }
  return true;
}

static void print_text(const struct word *text) {
  fputs("print(\"", state.out);
  for (size_t at = 0; at < text->length; at++) {
    unsigned char c = (unsigned char)text->text[at];
    if (c == '"' || c == '\\') fprintf(state.out, "\\%c", c);
    else if (c < ' ') fprintf(state.out, "\\x%02x", c);
    else fputc(c, state.out);
  }
  fputs("\");\n", state.out);
}

static bool compile_number(const struct word *word) {
  char digits[16];
  if (word->length >= sizeof digits) return false;
  memcpy(digits, word->text, word->length);
  digits[word->length] = '\0';
  char *end;
  long value = strtol(digits, &end, 10);
  if (*end != '\0' || end == digits) return false;
  fprintf(state.out, "push(%ld);\n", value);
  return true;
}

static bool compile_primitive(const struct word *word) {
  for (size_t at = 0; at < sizeof PRIMITIVES / sizeof *PRIMITIVES; at++) {
    if (!is_word(word, PRIMITIVES[at][0])) continue;
    fprintf(state.out, "%s\n", PRIMITIVES[at][1]);
    return true;
  }
  return false;
}

static void compile_word(struct source *source, const struct word *word) {
  struct word text;
  int number = find_name(word);
  if (number >= 0) {
    fprintf(state.out, "w%d();\n", number);
  } else if (is_word(word, ".\"")) {
    if (text_until(source, '"', &text)) print_text(&text);
    else complain(source, word, "this text is not closed:");
  } else if (is_word(word, "include")) {
    char path[MAX_PATH_BYTES];
    if (!next_word(source, &text) || text.length >= sizeof path) {
      complain(source, word, "there is no file behind");
      return;
    }
    memcpy(path, text.text, text.length);
    path[text.length] = '\0';
    compile_file(path, source, &text);
  } else if (!compile_definition(source, word) && !compile_structure(source, word) && !compile_primitive(word) &&
             !compile_number(word)) {
    complain(source, word, "there is no word");
  }
}

static void compile_file(const char *path, const struct source *from, const struct word *where) {
  char full[MAX_PATH_BYTES + sizeof "/project/"];
  snprintf(full, sizeof full, "/project/%s", path);
  char *text = state.included_count < MAX_INCLUDES ? read_file(full) : NULL;
  if (text == NULL) {
    complain(from, where, "this file cannot be read:");
    return;
  }
  // Names point into it until the end.
  state.included[state.included_count++] = text;
  struct source source = {path, text, 1, 1};
  struct word word;
  int outer = state.open_count;
  while (next_word(&source, &word)) compile_word(&source, &word);
  while (state.open_count > outer) complain(&source, &state.open[--state.open_count].word, "this is not closed:");
}

void compile_program(const char *path, FILE *out) {
  state.out = out;
  fputs(PRELUDE, out);
  struct source nowhere = {path, "", 1, 1};
  struct word whole = {path, strlen(path), 1, 1};
  compile_file(path, &nowhere, &whole);
  fputs("process.stdout.write(out);\n", out);
  for (int at = 0; at < state.included_count; at++) free(state.included[at]);
}
