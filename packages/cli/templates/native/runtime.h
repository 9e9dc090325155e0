/* ---- What every plugin has ----------------------------------------------------------------------------------------
 *
 * Include this header where you implement the contract; in exactly one file, define TENON_PLUGIN before.
 *
 * Memory. Whatever a function is given, and whatever tenon_alloc gives, is the host's and is valid until the function
 * returns: do not keep it, do not free it. Whatever a result points to, or an argument of a host function, must be such
 * memory too: copy what is yours with tenon_copy or tenon_text. The host copies it once and refuses any other pointer.
 * Threads. The host calls on one thread, from tenon_open_v1 to tenon_close_v1. tenon_alloc, tenon_fail and host functions
 * work on that thread only, and only while the host is calling. Threads of your own must have ended when close returns.
 * Failure. tenon_fail(text) gives the present call up with that text; return anything then. In C++, throw: exceptions
 * are stopped at the edge. A fault that is no error of this call, abort() for one, ends the process. */

#ifndef TENON_RUNTIME_V1
#define TENON_RUNTIME_V1

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if UINTPTR_MAX != UINT64_MAX
#error "Tenon loads libraries of 64-bit machines only"
#endif

#if defined(_WIN32)
#define TENON_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define TENON_EXPORT __attribute__((visibility("default")))
#else
#define TENON_EXPORT
#endif

#if defined(__cplusplus)
#define TENON_THREAD_LOCAL thread_local
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#include <exception>
#define TENON_EXCEPTIONS 1
#endif
#else
#define TENON_THREAD_LOCAL _Thread_local
#endif

#if defined(TENON_EXCEPTIONS)
/* Thrown by host functions that fail. */
struct tenon_failure : std::exception {
  const char *what() const noexcept override { return "a host function failed"; }
};
#define TENON_TRY try {
#define TENON_CATCH                                 \
  }                                                 \
  catch (const tenon_failure &) { tenon_fail(""); } \
  catch (const std::exception &error) {             \
    tenon_fail(error.what());                       \
  }                                                 \
  catch (...) {                                     \
    tenon_fail("threw something unknown");          \
  }
#define TENON_RAISE throw tenon_failure()
#else
#define TENON_TRY {
#define TENON_CATCH }
#define TENON_RAISE ((void)0)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8, not ended by a zero. */
typedef struct {
  const char *data;
  size_t length;
} text_t;

typedef struct {
  uint8_t *data;
  size_t length;
} bytes_t;

/* Memory that the host and the plugin take turns to take from. */
typedef struct {
  uint8_t *base;
  uint32_t top, end;
  uint32_t status;
  uint32_t message_length;
  char message[1000];
} tenon_memory_v1;

enum { TENON_OK = 0, TENON_FAILED = 1, TENON_NO_MEMORY = 2, TENON_HOST_FAILED = 3 };

/* What the host gives at the start. Later versions have more members at the end, and a larger size. */
typedef struct {
  uint32_t version, size;
  tenon_memory_v1 *memory;
  /* A host function by its number, with its parameters at an offset of memory->base, where its result will stand. */
  void (*call)(uint32_t function, uint32_t at);
  /* Makes room for so many bytes; 0 where there must not be more. */
  int32_t (*grow)(uint32_t bytes);
} tenon_host_v1;

extern const tenon_host_v1 *tenon_host;
extern TENON_THREAD_LOCAL bool tenon_is_owner;

/* Whether the present call has been given up. */
static inline bool tenon_failed(void) { return !tenon_is_owner || tenon_host->memory->status != TENON_OK; }

static inline void tenon_fail_bytes(const char *text, size_t length) {
  if (!tenon_is_owner || tenon_host->memory->status != TENON_OK) return;
  tenon_memory_v1 *memory = tenon_host->memory;
  if (length > sizeof memory->message) {
    length = sizeof memory->message;
    /* Not in the middle of a character. */
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) length--;
  }
  memcpy(memory->message, text, length);
  memory->message_length = (uint32_t)length;
  memory->status = TENON_FAILED;
}

/* Gives the present call up; the caller sees `text`. The first failure of a call counts. */
static inline void tenon_fail(const char *text) { tenon_fail_bytes(text, strlen(text)); }

/* NULL where a call may not have so much, and on any thread but the host's; the call has failed then. */
static inline void *tenon_alloc(size_t bytes) {
  if (!tenon_is_owner) return NULL;
  tenon_memory_v1 *memory = tenon_host->memory;
  size_t at = ((size_t)memory->top + 7) & ~(size_t)7;
  if (at > memory->end || bytes > memory->end - at) {
    if (bytes > UINT32_MAX / 2 || !tenon_host->grow((uint32_t)bytes)) {
      if (memory->status == TENON_OK) memory->status = TENON_NO_MEMORY;
      return NULL;
    }
    at = ((size_t)memory->top + 7) & ~(size_t)7;
  }
  memory->top = (uint32_t)(at + bytes);
  return memory->base + at;
}

/* A copy of yours that a result may point to. */
static inline void *tenon_copy(const void *bytes, size_t length) {
  void *copy = tenon_alloc(length);
  if (copy != NULL && length > 0) memcpy(copy, bytes, length);
  return copy;
}

static inline text_t tenon_text_bytes(const char *bytes, size_t length) {
  text_t text = {(const char *)tenon_copy(bytes, length), length};
  if (text.data == NULL) text.length = 0;
  return text;
}

static inline text_t tenon_text(const char *text) { return tenon_text_bytes(text, strlen(text)); }

/* printf into such a copy. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static inline text_t tenon_format(const char *format, ...) {
  va_list args;
  va_start(args, format);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  text_t text = {NULL, 0};
  char *room = length < 0 ? NULL : (char *)tenon_alloc((size_t)length + 1);
  if (room == NULL) return text;
  va_start(args, format);
  vsnprintf(room, (size_t)length + 1, format, args);
  va_end(args);
  text.data = room;
  text.length = (size_t)length;
  return text;
}

/* An argument of a host function: the text itself where the host can read it, else a copy. */
static inline text_t tenon_passed(text_t text) {
  if (tenon_failed()) return text;
  const tenon_memory_v1 *memory = tenon_host->memory;
  uintptr_t from = (uintptr_t)text.data, base = (uintptr_t)memory->base;
  if (from >= base && from - base <= memory->end) return text;
  return tenon_text_bytes(text.data, text.length);
}

/* Where memory was before a call of a host function, whose result may point to nothing. */
typedef struct {
  uint8_t *base;
  uint32_t top;
} tenon_mark_t;

static inline tenon_mark_t tenon_mark(void) {
  tenon_mark_t mark = {NULL, 0};
  if (!tenon_is_owner) return mark;
  mark.base = tenon_host->memory->base;
  mark.top = tenon_host->memory->top;
  return mark;
}

static inline void tenon_release(tenon_mark_t mark) {
  tenon_memory_v1 *memory = tenon_host->memory;
  if (memory->base == mark.base) memory->top = mark.top;
}

/* A block for one call of a host function. It is the last that is taken before the call, where memory is taken from then. */
static inline void *tenon_block(size_t bytes, uint32_t *at) {
  if (tenon_failed()) return NULL;
  uint8_t *block = (uint8_t *)tenon_alloc(bytes);
  if (block != NULL) *at = (uint32_t)(block - tenon_host->memory->base);
  return block;
}

#ifdef __cplusplus
}
#endif
#endif
