// JSON text and the plain WIT types: written, read, looked into. See wire.h.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

/// Deeper nesting than any contract has; more is refused instead of using up the stack.
enum { MAX_DEPTH = 512 };

// Writing.

void out_bytes(out_t *out, const char *data, size_t length) {
  if (out->length + length > out->room) {
    out->room = (out->length + length) * 2;
    out->data = realloc(out->data, out->room);
    if (out->data == NULL) {
      fputs("out of memory\n", stderr);
      exit(1);
    }
  }
  if (length > 0) memcpy(out->data + out->length, data, length);
  out->length += length;
}

void out_raw(out_t *out, const char *text) { out_bytes(out, text, strlen(text)); }

void write_bool(out_t *out, bool value) { out_raw(out, value ? "true" : "false"); }

// Beyond 2^53 integers are texts, because JavaScript's numbers end there.
static void write_integer(out_t *out, const char *digits) {
  const char *quote = strlen(digits) > 15 ? "\"" : "";
  out_raw(out, quote);
  out_raw(out, digits);
  out_raw(out, quote);
}

void write_signed(out_t *out, int64_t value) {
  char digits[32];
  snprintf(digits, sizeof digits, "%lld", (long long)value);
  write_integer(out, digits);
}

void write_unsigned(out_t *out, uint64_t value) {
  char digits[32];
  snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
  write_integer(out, digits);
}

void write_float(out_t *out, double value, int digits) {
  char text[64];
  if (isnan(value)) snprintf(text, sizeof text, "\"NaN\"");
  else if (isinf(value)) snprintf(text, sizeof text, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  else snprintf(text, sizeof text, "%.*g", digits, value);
  out_raw(out, text);
}

void write_text(out_t *out, text_t value) {
  out_raw(out, "\"");
  size_t start = 0;
  for (size_t at = 0; at < value.length; at++) {
    unsigned char byte = (unsigned char)value.data[at];
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    char escape[8];
    snprintf(escape, sizeof escape, byte < 0x20 ? "\\u%04x" : "\\%c", byte);
    out_bytes(out, value.data + start, at - start);
    out_raw(out, escape);
    start = at + 1;
  }
  out_bytes(out, value.data + start, value.length - start);
  out_raw(out, "\"");
}

static size_t encode_utf8(uint32_t code, char *out) {
  if (code < 0x80) return out[0] = (char)code, 1;
  if (code < 0x800) return out[0] = (char)(0xc0 | code >> 6), out[1] = (char)(0x80 | (code & 63)), 2;
  if (code < 0x10000) {
    out[0] = (char)(0xe0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 63)), out[2] = (char)(0x80 | (code & 63));
    return 3;
  }
  out[0] = (char)(0xf0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 63));
  out[2] = (char)(0x80 | (code >> 6 & 63)), out[3] = (char)(0x80 | (code & 63));
  return 4;
}

void write_char(out_t *out, uint32_t value) {
  char bytes[4];
  write_text(out, (text_t){bytes, encode_utf8(value, bytes)});
}

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void write_bytes(out_t *out, bytes_t value) {
  out_raw(out, "\"");
  for (size_t at = 0; at < value.length; at += 3) {
    size_t left = value.length - at;
    uint32_t group = (uint32_t)value.items[at] << 16;
    if (left > 1) group |= (uint32_t)value.items[at + 1] << 8;
    if (left > 2) group |= value.items[at + 2];
    char digits[4] = {BASE64[group >> 18], BASE64[group >> 12 & 63], BASE64[group >> 6 & 63], BASE64[group & 63]};
    if (left < 3) digits[3] = '=';
    if (left < 2) digits[2] = '=';
    out_bytes(out, digits, 4);
  }
  out_raw(out, "\"");
}

// Reading JSON text.

typedef struct {
  call_t *call;
  const char *at, *end;
} parser_t;

static char peek(const parser_t *parser) { return parser->at < parser->end ? *parser->at : '\0'; }

static void blanks(parser_t *parser) {
  while (peek(parser) == ' ' || peek(parser) == '\t' || peek(parser) == '\r' || peek(parser) == '\n') parser->at++;
}

static bool take(parser_t *parser, char wanted) {
  blanks(parser);
  bool is_there = parser->at < parser->end && *parser->at == wanted;
  parser->at += is_there;
  return is_there;
}

static uint32_t hex4(parser_t *parser) {
  uint32_t code = 0;
  for (int digit = 0; digit < 4; digit++, parser->at++) {
    char c = peek(parser);
    int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (value < 0) call_fail(parser->call, "a text has a bad escape");
    code = code << 4 | (uint32_t)value;
  }
  return code;
}

static size_t escape(parser_t *parser, char *out) {
  char c = peek(parser);
  parser->at++;
  const char *found = c == '\0' ? NULL : strchr("n\nt\tr\rb\bf\f\"\"\\\\//", c);
  if (c == 'u') {
    uint32_t code = hex4(parser);
    if (code >= 0xd800 && code < 0xdc00 && parser->end - parser->at >= 6 && parser->at[0] == '\\' && parser->at[1] == 'u') {
      parser->at += 2;
      code = 0x10000 + ((code - 0xd800) << 10) + (hex4(parser) - 0xdc00);
    }
    return encode_utf8(code, out);
  }
  if (found == NULL) call_fail(parser->call, "a text has a bad escape");
  return out[0] = found[1], 1;
}

static text_t parse_text(parser_t *parser) {
  if (!take(parser, '"')) call_fail(parser->call, "expected a text");
  const char *quote = parser->at;
  while (quote < parser->end && *quote != '"') quote += *quote == '\\' ? 2 : 1;
  if (quote >= parser->end) call_fail(parser->call, "a text has no end");
  char *data = call_alloc(parser->call, (size_t)(quote - parser->at) + 4);
  size_t length = 0;
  while (parser->at < quote) {
    if (*parser->at != '\\') data[length++] = *parser->at++;
    else parser->at++, length += escape(parser, data + length);
  }
  parser->at = quote + 1;
  return (text_t){data, length};
}

static json_t parse_value(parser_t *parser, int depth);

static json_t parse_items(parser_t *parser, int depth, bool is_object) {
  json_t json = {.kind = is_object ? JSON_OBJECT : JSON_LIST};
  char end = is_object ? '}' : ']';
  parser->at++;
  if (take(parser, end)) return json;
  size_t room = 0;
  do {
    if (json.length == room) {
      size_t more = room == 0 ? 8 : room * 2;
      json_t *items = call_alloc(parser->call, more * sizeof(json_t));
      if (room > 0) memcpy(items, json.items, room * sizeof(json_t));
      json.items = items;
      text_t *names = call_alloc(parser->call, is_object ? more * sizeof(text_t) : 1);
      if (room > 0 && is_object) memcpy(names, json.names, room * sizeof(text_t));
      json.names = names;
      room = more;
    }
    if (is_object) {
      json.names[json.length] = parse_text(parser);
      if (!take(parser, ':')) call_fail(parser->call, "expected a colon");
    }
    json.items[json.length] = parse_value(parser, depth + 1);
    json.length++;
  } while (take(parser, ','));
  if (!take(parser, end)) call_fail(parser->call, "expected a comma or %c", end);
  return json;
}

static bool word(parser_t *parser, const char *wanted) {
  size_t length = strlen(wanted);
  if ((size_t)(parser->end - parser->at) < length || strncmp(parser->at, wanted, length) != 0) return false;
  parser->at += length;
  return true;
}

static json_t parse_value(parser_t *parser, int depth) {
  if (depth > MAX_DEPTH) call_fail(parser->call, "the line nests too deep");
  blanks(parser);
  if (peek(parser) == '"') return (json_t){.kind = JSON_TEXT, .text = parse_text(parser)};
  if (peek(parser) == '[') return parse_items(parser, depth, false);
  if (peek(parser) == '{') return parse_items(parser, depth, true);
  if (word(parser, "null")) return (json_t){.kind = JSON_NULL};
  if (word(parser, "true")) return (json_t){.kind = JSON_BOOL, .truth = true};
  if (word(parser, "false")) return (json_t){.kind = JSON_BOOL};
  const char *start = parser->at;
  while (peek(parser) != '\0' && strchr("+-0123456789.eE", peek(parser)) != NULL) parser->at++;
  size_t length = (size_t)(parser->at - start);
  if (length == 0) call_fail(parser->call, "expected a value");
  return (json_t){.kind = JSON_NUMBER, .text = call_text(parser->call, "%.*s", (int)length, start)};
}

json_t json_parse(call_t *call, const char *text, size_t length) {
  parser_t parser = {call, text, text + length};
  return parse_value(&parser, 0);
}

// Looking into JSON.

static const json_t NOTHING = {.kind = JSON_NULL};

static bool same(text_t text, const char *name) {
  return text.length == strlen(name) && memcmp(text.data, name, text.length) == 0;
}

const json_t *json_get(const json_t *json, const char *name) {
  if (json->kind != JSON_OBJECT) return &NOTHING;
  for (size_t i = 0; i < json->length; i++)
    if (same(json->names[i], name)) return &json->items[i];
  return &NOTHING;
}

bool json_has(const json_t *json, const char *name) { return json_get(json, name) != &NOTHING; }

bool json_is(const json_t *json, const char *text) { return json->kind == JSON_TEXT && same(json->text, text); }

// `length` is how many items it must have; SIZE_MAX is any number.
const json_t *json_list(call_t *call, const json_t *json, size_t length) {
  if (json->kind != JSON_LIST) call_fail(call, "expected a list");
  if (length != SIZE_MAX && json->length != length) call_fail(call, "expected %zu items, got %zu", length, json->length);
  return json;
}

bool read_bool(call_t *call, const json_t *json) {
  if (json->kind != JSON_BOOL) call_fail(call, "expected true or false");
  return json->truth;
}

static const char *digits_of(call_t *call, const json_t *json) {
  if (json->kind != JSON_NUMBER && json->kind != JSON_TEXT) call_fail(call, "expected a number");
  return call_text(call, "%.*s", (int)json->text.length, json->text.data).data;
}

int64_t read_signed(call_t *call, const json_t *json, int64_t min, int64_t max) {
  const char *digits = digits_of(call, json);
  char *end;
  errno = 0;
  long long value = strtoll(digits, &end, 10);
  if (*end != '\0' || errno != 0 || value < min || value > max) call_fail(call, "%s is out of range", digits);
  return value;
}

uint64_t read_unsigned(call_t *call, const json_t *json, uint64_t max) {
  const char *digits = digits_of(call, json);
  char *end;
  errno = 0;
  unsigned long long value = strtoull(digits, &end, 10);
  if (*digits == '-' || *end != '\0' || errno != 0 || value > max) call_fail(call, "%s is out of range", digits);
  return value;
}

double read_float(call_t *call, const json_t *json) {
  if (json_is(json, "NaN")) return NAN;
  if (json_is(json, "Infinity")) return INFINITY;
  if (json_is(json, "-Infinity")) return -INFINITY;
  if (json->kind != JSON_NUMBER) call_fail(call, "expected a number");
  return strtod(json->text.data, NULL);
}

text_t read_text(call_t *call, const json_t *json) {
  if (json->kind != JSON_TEXT) call_fail(call, "expected a text");
  return json->text;
}

uint32_t read_char(call_t *call, const json_t *json) {
  text_t text = read_text(call, json);
  const unsigned char *bytes = (const unsigned char *)text.data;
  size_t length = text.length == 0 ? 0 : bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
  if (length == 0 || length != text.length) call_fail(call, "expected one character");
  uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; i++) code = code << 6 | (bytes[i] & 63);
  return code;
}

bytes_t read_bytes(call_t *call, const json_t *json) {
  text_t text = read_text(call, json);
  bytes_t bytes = {call_alloc(call, text.length / 4 * 3 + 3), 0};
  uint32_t group = 0;
  int bits = 0;
  for (size_t i = 0; i < text.length && text.data[i] != '='; i++) {
    const char *digit = text.data[i] == '\0' ? NULL : strchr(BASE64, text.data[i]);
    if (digit == NULL) call_fail(call, "expected base64");
    group = group << 6 | (uint32_t)(digit - BASE64);
    bits += 6;
    if (bits >= 8) bits -= 8, bytes.items[bytes.length++] = (uint8_t)(group >> bits);
  }
  return bytes;
}
