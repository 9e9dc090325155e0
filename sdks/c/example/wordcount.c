// Counts words. The table is on the heap and its words point into the text, which is there until the call is over; what is
// answered is copied into memory of the host's.
#include <ctype.h>
#include <stdlib.h>

#define TENON_PLUGIN
#include "plugin.h"

static int by_word(const void *left, const void *right) {
  const entry_t *a = left, *b = right;
  const size_t shorter = a->word.length < b->word.length ? a->word.length : b->word.length;
  const int first = memcmp(a->word.data, b->word.data, shorter);
  return first != 0 ? first : (a->word.length > b->word.length) - (a->word.length < b->word.length);
}

static int by_times(const void *left, const void *right) {
  const entry_t *a = left, *b = right;
  return a->times != b->times ? (a->times < b->times) - (a->times > b->times) : by_word(left, right);
}

static void add(entry_t *counts, size_t *used, text_t word) {
  for (size_t i = 0; i < *used; i++)
    if (counts[i].word.length == word.length && memcmp(counts[i].word.data, word.data, word.length) == 0) {
      counts[i].times++;
      return;
    }
  counts[*used].word = word;
  counts[(*used)++].times = 1;
}

result_list_entry_text_t counter_count(text_t text, order_t order) {
  result_list_entry_text_t answer = {0};
  size_t used = 0, at = 0;
  entry_t *counts = malloc((text.length / 2 + 1) * sizeof(entry_t));
  if (counts == NULL) {
    tenon_fail("there is no memory left");
    return answer;
  }
  while (at < text.length) {
    size_t end = at;
    while (end < text.length && !isspace((unsigned char)text.data[end])) end++;
    text_t word = {text.data + at, end - at};
    if (word.length > 0 && !words_is_common(word)) add(counts, &used, word);
    at = end + 1;
  }
  if (used == 0) {
    answer.is_err = true;
    answer.err = tenon_text("there are no words");
  } else {
    qsort(counts, used, sizeof(entry_t), order == ORDER_BY_WORD ? by_word : by_times);
    answer.ok.items = tenon_copy(counts, used * sizeof(entry_t));
    answer.ok.length = answer.ok.items == NULL ? 0 : used;
  }
  free(counts);
  return answer;
}
