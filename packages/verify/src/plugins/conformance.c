// The plugin of contracts/conformance as a shared library; one source for C and for C++.
//
// KIND_INCOMPLETE lacks two functions, KIND_THROWS fails while it opens, KIND_STUCK never ends opening.
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <pthread.h>
#include <unistd.h>

static void on_open(void);
#define TENON_ON_OPEN on_open
#define TENON_PLUGIN
#include "plugin.h"

static void on_open(void) {
#if defined(KIND_THROWS)
  tenon_fail("cannot load on purpose");
#elif defined(KIND_STUCK)
  for (;;) pause();
#endif
}

#define ECHO(type, name) \
  type values_echo_##name(type value) { return value; }

ECHO(bool, bool)
ECHO(uint8_t, u8)
ECHO(int8_t, s8)
ECHO(uint16_t, u16)
ECHO(int16_t, s16)
ECHO(uint32_t, u32)
ECHO(int32_t, s32)
ECHO(uint64_t, u64)
ECHO(int64_t, s64)
ECHO(float, f32)
ECHO(double, f64)
ECHO(uint32_t, char)
ECHO(text_t, string)
ECHO(bytes_t, bytes)
ECHO(list_uint32_t, u32_list)
ECHO(list_int64_t, s64_list)
ECHO(list_double_t, f64_list)
ECHO(list_bool_t, bool_list)
ECHO(list_text_t, string_list)
ECHO(list_list_text_t, nested_list)
ECHO(list_person_t, record_list)
ECHO(map_text_uint32_t, map)
ECHO(tuple3_uint8_text_double_t, tuple)
ECHO(scalars_t, scalars)
ECHO(awkward_t, awkward)
ECHO(shape_t, shape)
ECHO(colour_t, colour)
ECHO(permissions_t, permissions)
ECHO(many_flags_t, many_flags)
ECHO(option_uint32_t, option)
ECHO(option_person_t, option_record)
ECHO(option_option_text_t, nested_option)
ECHO(result_uint32_text_t, result)
ECHO(result_uint32_void_t, result_ok_only)
ECHO(result_void_text_t, result_err_only)
ECHO(result_void_void_t, result_empty)
ECHO(deep_t, deep)

// Through copies of its own, as a plugin's own data would go.
person_t values_echo_person(person_t value) {
  person_t copy = value;
  copy.name = tenon_text_bytes(value.name.data, value.name.length);
  copy.tags.items = (text_t *)tenon_copy(value.tags.items, value.tags.length * sizeof(text_t));
  for (size_t i = 0; copy.tags.items != NULL && i < value.tags.length; i++)
    copy.tags.items[i] = tenon_text_bytes(value.tags.items[i].data, value.tags.items[i].length);
  return copy;
}

tuple18_of_many_t values_echo_many(uint8_t a, int8_t b, uint16_t c, int16_t d, uint32_t e, int32_t f, uint64_t g, int64_t h,
                                float i, double j, uint32_t k, text_t l, bool m, colour_t n, permissions_t o,
                                bytes_t p, option_uint32_t q, tuple2_uint8_uint8_t r) {
  tuple18_of_many_t all = {a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r};
  return all;
}

#ifndef KIND_INCOMPLETE
void values_nothing(void) {}

uint32_t calls_sleep(uint32_t ms) {
  usleep(ms * 1000);
  return ms;
}
#endif

void calls_fail(text_t message) { tenon_fail_bytes(message.data, message.length); }

void calls_spin(void) {
  for (volatile uint32_t turns = 0;; turns++) {
  }
}

void calls_exit(uint32_t code) { _exit((int)code); }

void calls_flood(uint32_t lines) {
  char line[80];
  memset(line, 'x', sizeof line - 1);
  line[79] = '\n';
  for (uint32_t i = 0; i < lines; i++) {
    fwrite(line, 1, sizeof line, stdout);
    fwrite(line, 1, sizeof line, stderr);
  }
}

static void *late(void *nothing) {
  (void)nothing;
  usleep(1000);
  abort();
}

void calls_late_throw(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, late, NULL) == 0) pthread_detach(thread);
}

uint32_t calls_call_host(uint32_t n) { return host_double(n); }
uint32_t calls_call_host_async(uint32_t n) { return host_double_later(n); }
uint32_t calls_call_host_failing(void) { return host_broken(); }

uint32_t calls_reenter(uint32_t depth) { return depth == 0 ? 0 : host_reenter(depth - 1) + 1; }

bytes_t calls_big(uint32_t n) {
  bytes_t bytes = {(uint8_t *)tenon_alloc(n), n};
  for (size_t i = 0; bytes.data != NULL && i < n; i++) bytes.data[i] = (uint8_t)(i % 251);
  return bytes;
}

// Nothing tells a shared library of a cancellation.
void calls_wait_cancel(uint32_t ms) {
  usleep(ms * 1000);
  text_t waited = {"waited", 6};
  host_note(waited);
}

void calls_log_lines(list_text_t lines) {
  for (size_t i = 0; i < lines.length; i++) printf("%.*s\n", (int)lines.items[i].length, lines.items[i].data);
}
