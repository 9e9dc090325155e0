// The measured plugin as what one writes by hand without any of this: a Node-API addon, for one contract and one host.
#include <node_api.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_ROOM (64 * 1024)

static uint8_t artifact[4096];
static char log_text[257];

static void fill(void) {
  static const char line[] = "compiled and linked without a warning. ";
  for (size_t i = 0; i < sizeof artifact; i++) artifact[i] = (uint8_t)(i * 7);
  for (size_t i = 0; i < 256; i++) log_text[i] = line[i % (sizeof line - 1)];
}

#define ARGS(count)         \
  size_t argc = count;      \
  napi_value argv[count];   \
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL)

static napi_value add(napi_env env, napi_callback_info info) {
  ARGS(2);
  int32_t a = 0, b = 0;
  napi_get_value_int32(env, argv[0], &a);
  napi_get_value_int32(env, argv[1], &b);
  napi_value sum;
  napi_create_int32(env, (int32_t)((uint32_t)a + (uint32_t)b), &sum);
  return sum;
}

/// A copy of the text in `room`; its length.
static size_t text_of(napi_env env, napi_value value, char *room) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, room, TEXT_ROOM, &length);
  return length;
}

static napi_value echo(napi_env env, napi_callback_info info) {
  static char room[TEXT_ROOM];
  ARGS(1);
  size_t length = text_of(env, argv[0], room);
  napi_value text;
  napi_create_string_utf8(env, room, length, &text);
  return text;
}

static napi_value bytes_from(napi_env env, const void *data, size_t length) {
  void *copy = NULL;
  napi_value buffer, array;
  napi_create_arraybuffer(env, length, &copy, &buffer);
  memcpy(copy, data, length);
  napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array);
  return array;
}

static napi_value bytes(napi_env env, napi_callback_info info) {
  ARGS(1);
  size_t length = 0;
  void *data = NULL;
  napi_get_typedarray_info(env, argv[0], NULL, &length, &data, NULL, NULL);
  return bytes_from(env, data, length);
}

static napi_value member(napi_env env, napi_value object, const char *name) {
  napi_value value;
  napi_get_named_property(env, object, name, &value);
  return value;
}

static napi_value build(napi_env env, napi_callback_info info) {
  static char room[TEXT_ROOM];
  ARGS(1);
  if (log_text[0] == 0) fill();
  size_t taken = text_of(env, member(env, argv[0], "path"), room) + text_of(env, member(env, argv[0], "target"), room);
  uint32_t args = 0, pairs = 0;
  napi_value list = member(env, argv[0], "args"), item, part;
  napi_get_array_length(env, list, &args);
  for (uint32_t i = 0; i < args; i++) {
    napi_get_element(env, list, i, &item);
    taken += text_of(env, item, room);
  }
  list = member(env, argv[0], "env");
  napi_get_array_length(env, list, &pairs);
  for (uint32_t i = 0; i < pairs; i++) {
    napi_get_element(env, list, i, &item);
    for (uint32_t side = 0; side < 2; side++) {
      napi_get_element(env, item, side, &part);
      taken += text_of(env, part, room);
    }
  }
  napi_value response, text;
  napi_create_object(env, &response);
  napi_set_named_property(env, response, "artifact", bytes_from(env, artifact, sizeof artifact));
  napi_create_string_utf8(env, log_text, args == 8 && taken > 0 ? 256 : 0, &text);
  napi_set_named_property(env, response, "log", text);
  return response;
}

/// callbacks(tick, count)
static napi_value callbacks(napi_env env, napi_callback_info info) {
  ARGS(2);
  uint32_t n = 0, count = 0;
  napi_value undefined, arg, result;
  napi_get_undefined(env, &undefined);
  napi_get_value_uint32(env, argv[1], &count);
  for (uint32_t i = 0; i < count; i++) {
    napi_create_uint32(env, n, &arg);
    napi_call_function(env, undefined, argv[0], 1, &arg, &result);
    napi_get_value_uint32(env, result, &n);
  }
  napi_create_uint32(env, n, &result);
  return result;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback run;
  } functions[] = {{"add", add}, {"echo", echo}, {"bytes", bytes}, {"build", build}, {"callbacks", callbacks}};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].run, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
