// contracts/conformance in C: every value goes back as it came, and `calls` does what the contract says.
#include "contract.h"
#include "system.h"

awkward_t values_echo_awkward(awkward_t value) {
  return value;
}

bool values_echo_bool(bool value) {
  return value;
}

list_bool_t values_echo_bool_list(list_bool_t value) {
  return value;
}

bytes_t values_echo_bytes(bytes_t value) {
  return value;
}

uint32_t values_echo_char(uint32_t value) {
  return value;
}

colour_t values_echo_colour(colour_t value) {
  return value;
}

deep_t values_echo_deep(deep_t value) {
  return value;
}

float values_echo_f32(float value) {
  return value;
}

double values_echo_f64(double value) {
  return value;
}

list_double_t values_echo_f64_list(list_double_t value) {
  return value;
}

/// Returns all its arguments: more of them than the canonical ABI passes one by one.
tuple18_of_many_t values_echo_many(uint8_t a, int8_t b, uint16_t c, int16_t d, uint32_t e, int32_t f, uint64_t g, int64_t h, float i, double j, uint32_t k, text_t l, bool m, colour_t n, permissions_t o, bytes_t p, option_uint32_t q, tuple2_uint8_uint8_t r) {
  return (tuple18_of_many_t){a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r};
}

many_flags_t values_echo_many_flags(many_flags_t value) {
  return value;
}

map_text_uint32_t values_echo_map(map_text_uint32_t value) {
  return value;
}

list_list_text_t values_echo_nested_list(list_list_text_t value) {
  return value;
}

option_option_text_t values_echo_nested_option(option_option_text_t value) {
  return value;
}

option_uint32_t values_echo_option(option_uint32_t value) {
  return value;
}

option_person_t values_echo_option_record(option_person_t value) {
  return value;
}

permissions_t values_echo_permissions(permissions_t value) {
  return value;
}

person_t values_echo_person(person_t value) {
  return value;
}

list_person_t values_echo_record_list(list_person_t value) {
  return value;
}

result_uint32_text_t values_echo_result(result_uint32_text_t value) {
  return value;
}

result_void_void_t values_echo_result_empty(result_void_void_t value) {
  return value;
}

result_void_text_t values_echo_result_err_only(result_void_text_t value) {
  return value;
}

result_uint32_void_t values_echo_result_ok_only(result_uint32_void_t value) {
  return value;
}

int16_t values_echo_s16(int16_t value) {
  return value;
}

int32_t values_echo_s32(int32_t value) {
  return value;
}

int64_t values_echo_s64(int64_t value) {
  return value;
}

list_int64_t values_echo_s64_list(list_int64_t value) {
  return value;
}

int8_t values_echo_s8(int8_t value) {
  return value;
}

scalars_t values_echo_scalars(scalars_t value) {
  return value;
}

shape_t values_echo_shape(shape_t value) {
  return value;
}

text_t values_echo_string(text_t value) {
  return value;
}

list_text_t values_echo_string_list(list_text_t value) {
  return value;
}

tuple3_uint8_text_double_t values_echo_tuple(tuple3_uint8_text_double_t value) {
  return value;
}

uint16_t values_echo_u16(uint16_t value) {
  return value;
}

uint32_t values_echo_u32(uint32_t value) {
  return value;
}

list_uint32_t values_echo_u32_list(list_uint32_t value) {
  return value;
}

uint64_t values_echo_u64(uint64_t value) {
  return value;
}

uint8_t values_echo_u8(uint8_t value) {
  return value;
}

/// Takes nothing and returns nothing.
void values_nothing(void) {
  // Nothing.
}

/// Returns `n` bytes; the byte at index i is `i % 251`.
bytes_t calls_big(uint32_t n) {
  bytes_t bytes = {call_alloc(n), n};
  for (uint32_t i = 0; i < n; i++) bytes.data[i] = (uint8_t)(i % 251);
  return bytes;
}

/// Returns `host.double(n)`.
uint32_t calls_call_host(uint32_t n) {
  return host_host_double(n);
}

/// Returns `host.double-later(n)`.
uint32_t calls_call_host_async(uint32_t n) {
  return host_host_double_later(n);
}

/// Calls `host.broken()` and lets the failure pass through.
uint32_t calls_call_host_failing(void) {
  return host_host_broken();
}

/// Ends the plugin's process, thread or instance with this exit code, without an answer.
void calls_exit(uint32_t code) {
  system_exit(code);
}

/// Throws or traps, with `message` where the language has messages.
void calls_fail(text_t message) {
  system_print(2, message);
  __builtin_trap();
}

/// Prints `lines` lines of 80 characters to standard output and error, as fast as it can, and returns.
void calls_flood(uint32_t lines) {
  text_t line = TEXT("flood flood flood flood flood flood flood flood flood flood flood flood flood .\n");
  for (uint32_t i = 0; i < lines; i++) {
    system_print(1, line);
    system_print(2, line);
  }
}

/// Returns at once, then throws outside of any call.
void calls_late_throw(void) {
  // Nothing of a module runs when no call does.
}

/// Prints each line on its own to standard output, or to the log where there is no standard output.
void calls_log_lines(list_text_t lines) {
  for (size_t i = 0; i < lines.length; i++) {
    system_print(1, lines.items[i]);
    system_print(1, TEXT("\n"));
  }
}

/// Returns 0 for depth 0; else calls `host.reenter(depth - 1)` and returns its result plus 1.
uint32_t calls_reenter(uint32_t depth) {
  return depth == 0 ? 0 : host_host_reenter(depth - 1) + 1;
}

/// Returns `ms` after that many milliseconds.
uint32_t calls_sleep(uint32_t ms) {
  system_sleep(ms);
  return ms;
}

/// Never returns and never gives way.
void calls_spin(void) {
  for (;;) {
  }
}

/// Waits until the call is cancelled, at most `ms`; then calls `host.note("cancelled")` or `host.note("waited")`.
void calls_wait_cancel(uint32_t ms) {
  system_sleep(ms);
  host_host_note(TEXT("waited"));
}
