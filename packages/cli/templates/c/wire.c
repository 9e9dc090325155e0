// See wire.h.
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct block {
  struct block *next;
  max_align_t start[];
} block_t;

struct call {
  block_t *blocks;
  jmp_buf gave_up;
  text_t why;
};

static dispatch_t *dispatcher;
static unsigned long last_id;

static _Noreturn void out_of_memory(void) {
  fputs("out of memory\n", stderr);
  exit(1);
}

// Memory and failure.

void *call_alloc(call_t *call, size_t size) {
  block_t *block = calloc(1, sizeof(block_t) + size);
  if (block == NULL) out_of_memory();
  block->next = call->blocks;
  call->blocks = block;
  return block->start;
}

static void call_free(call_t *call) {
  while (call->blocks != NULL) {
    block_t *next = call->blocks->next;
    free(call->blocks);
    call->blocks = next;
  }
}

static text_t text_from(call_t *call, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *data = call_alloc(call, (size_t)length + 1);
  vsnprintf(data, (size_t)length + 1, format, args);
  return (text_t){data, (size_t)length};
}

text_t call_text(call_t *call, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_t text = text_from(call, format, args);
  va_end(args);
  return text;
}

_Noreturn void call_fail(call_t *call, const char *format, ...) {
  va_list args;
  va_start(args, format);
  call->why = text_from(call, format, args);
  va_end(args);
  longjmp(call->gave_up, 1);
}

// Serving.

static void send_line(out_t *out) {
  out_raw(out, "\n");
  bool is_sent = fwrite(out->data, 1, out->length, stdout) == out->length && fflush(stdout) == 0;
  free(out->data);
  // Nobody reads any more: the host is gone, and so is the reason to run.
  if (!is_sent) exit(0);
}

// A line of standard input, or false at its end.
static bool read_line(out_t *line) {
  line->length = 0;
  for (int c = getchar(); c != EOF; c = getchar()) {
    if (c == '\n') return true;
    char byte = (char)c;
    out_bytes(line, &byte, 1);
  }
  return false;
}

// In the memory of `call`; false at the end of the input.
static bool receive(call_t *call, json_t *message) {
  out_t line = {0};
  if (!read_line(&line)) return free(line.data), false;
  char *text = call_alloc(call, line.length + 1);
  if (line.length > 0) memcpy(text, line.data, line.length);
  size_t length = line.length;
  free(line.data);
  *message = json_parse(call, text, length);
  return true;
}

static void write_id(out_t *out, const json_t *id) {
  if (id->kind == JSON_TEXT) write_text(out, id->text);
  else out_raw(out, id->kind == JSON_NUMBER ? id->text.data : "null");
}

static void handle(const json_t *message) {
  const json_t *method = json_get(message, "method");
  // A notification, such as $/cancelRequest, has no id: calls here are too short to stop.
  if (method->kind != JSON_TEXT || !json_has(message, "id")) return;
  call_t call = {0};
  out_t *volatile result = calloc(1, sizeof(out_t));
  if (result == NULL) out_of_memory();
  out_t reply = {0};
  out_raw(&reply, "{\"jsonrpc\":\"2.0\",\"id\":");
  write_id(&reply, json_get(message, "id"));
  out_t *volatile answer = calloc(1, sizeof(out_t));
  if (answer == NULL) out_of_memory();
  *answer = reply;
  if (setjmp(call.gave_up) == 0) {
    dispatcher(&call, call_text(&call, "%.*s", (int)method->text.length, method->text.data).data, json_get(message, "params"), result);
    out_raw(answer, ",\"result\":");
    out_bytes(answer, result->data, result->length);
  } else {
    out_raw(answer, ",\"error\":{\"code\":-32000,\"message\":");
    write_text(answer, call.why);
    out_raw(answer, "}");
  }
  out_raw(answer, "}");
  send_line(answer);
  free(answer);
  free(result->data);
  free(result);
  call_free(&call);
}

const json_t *host_call(call_t *call, const char *path, out_t *args) {
  text_t id = call_text(call, "plugin-%lu", ++last_id);
  out_t request = {0};
  out_raw(&request, "{\"jsonrpc\":\"2.0\",\"id\":");
  write_text(&request, id);
  out_raw(&request, ",\"method\":");
  write_text(&request, (text_t){path, strlen(path)});
  out_raw(&request, ",\"params\":");
  out_bytes(&request, args->data, args->length);
  free(args->data);
  out_raw(&request, "}");
  send_line(&request);
  json_t *message = call_alloc(call, sizeof(json_t));
  for (;;) {
    if (!receive(call, message)) exit(0);
    if (!json_has(message, "method") && json_is(json_get(message, "id"), id.data)) break;
    handle(message);
  }
  const json_t *error = json_get(message, "error");
  if (error->kind == JSON_NULL) return json_get(message, "result");
  const json_t *why = json_get(error, "message");
  call_fail(call, "%s: %.*s", path, (int)why->text.length, why->text.data == NULL ? "" : why->text.data);
}

void call_log(const char *level, const char *message) {
  out_t line = {0};
  out_raw(&line, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"level\":");
  write_text(&line, (text_t){level, strlen(level)});
  out_raw(&line, ",\"message\":");
  write_text(&line, (text_t){message, strlen(message)});
  out_raw(&line, "}}");
  send_line(&line);
}

int serve(const char *contract, dispatch_t *dispatch) {
  dispatcher = dispatch;
  out_t greeting = {0};
  out_raw(&greeting, "{\"tenon\":1,\"encoding\":\"json-rpc\",\"contract\":");
  write_text(&greeting, (text_t){contract, strlen(contract)});
  out_raw(&greeting, "}");
  send_line(&greeting);
  for (bool is_first = true;; is_first = false) {
    call_t call = {0};
    json_t message;
    if (setjmp(call.gave_up) != 0) {
      fprintf(stderr, "the host sent a line that is no JSON: %.*s\n", (int)call.why.length, call.why.data);
      return 1;
    }
    if (!receive(&call, &message)) return call_free(&call), 0;
    // The host's first line says who it is.
    if (!is_first) handle(&message);
    call_free(&call);
  }
}
