// Newline-delimited JSON-RPC 2.0 over standard input and output, and the JSON form of the plain WIT types.
// Part of the plugin, not a library: change it as you like. Only the C standard library is used.
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// UTF-8 text; not ended by a NUL.
typedef struct {
  const char *data;
  size_t length;
} text_t;

/// A `list<u8>`.
typedef struct {
  uint8_t *items;
  size_t length;
} bytes_t;

/// One call of the host. Everything allocated for it is freed when it is answered.
typedef struct call call_t;

/// Zeroed memory that lives until the call is answered.
void *call_alloc(call_t *call, size_t size);

/// A text made as by printf.
text_t call_text(call_t *call, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/// Gives the call up: the host gets this as the plugin's fault. For errors of the contract, return its `err` instead.
_Noreturn void call_fail(call_t *call, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/// A line for the host's log; `level` is trace, debug, info, warn or error. Standard error reaches the log too.
void call_log(const char *level, const char *message);

// What follows is for contract.c.

typedef struct json json_t;

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

struct json {
  enum json_kind kind;
  bool truth;
  text_t text;        // Of a text; of a number, its digits.
  json_t *items;      // Of a list or an object.
  text_t *names;      // Of an object.
  size_t length;
};

/// Reads one JSON text; gives the call up when it is none.
json_t json_parse(call_t *call, const char *text, size_t length);
const json_t *json_get(const json_t *json, const char *name);
bool json_has(const json_t *json, const char *name);
bool json_is(const json_t *json, const char *text);
const json_t *json_list(call_t *call, const json_t *json, size_t length);

/// Text that grows.
typedef struct {
  char *data;
  size_t length, room;
} out_t;

void out_raw(out_t *out, const char *text);
void out_bytes(out_t *out, const char *data, size_t length);

bool read_bool(call_t *call, const json_t *json);
int64_t read_signed(call_t *call, const json_t *json, int64_t min, int64_t max);
uint64_t read_unsigned(call_t *call, const json_t *json, uint64_t max);
double read_float(call_t *call, const json_t *json);
uint32_t read_char(call_t *call, const json_t *json);
text_t read_text(call_t *call, const json_t *json);
bytes_t read_bytes(call_t *call, const json_t *json);

void write_bool(out_t *out, bool value);
void write_signed(out_t *out, int64_t value);
void write_unsigned(out_t *out, uint64_t value);
void write_float(out_t *out, double value, int digits);
void write_char(out_t *out, uint32_t value);
void write_text(out_t *out, text_t value);
void write_bytes(out_t *out, bytes_t value);

/// Serves one call: writes the result to `out`, or gives up with call_fail.
typedef void dispatch_t(call_t *call, const char *path, const json_t *params, out_t *out);

/// Calls a host function; `args` holds a JSON list. Calls of the host that arrive meanwhile are served first.
const json_t *host_call(call_t *call, const char *path, out_t *args);

/// Serves calls until standard input ends. Nothing else may print to standard output: it carries the protocol.
int serve(const char *contract, dispatch_t *dispatch);

#endif
