// Memory that only grows during a call and is given back as a whole: all that a call without a C library needs.
#include "abi.h"

#include <stdarg.h>

extern uint8_t __heap_base;
static uintptr_t top;
/// Calls whose results the host has not read yet; it may call while it is being called.
static int depth;

#define PAGE 65536
#define ALIGN 8

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)align;
  void *made = call_alloc(size);
  if (old_size > 0) __builtin_memcpy(made, old, old_size < size ? old_size : size);
  return made;
}

void *call_alloc(size_t size) {
  if (top == 0) top = (uintptr_t)&__heap_base;
  uintptr_t at = (top + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
  size_t have = __builtin_wasm_memory_size(0) * PAGE;
  if (size > SIZE_MAX - at) __builtin_trap();
  if (at + size > have && __builtin_wasm_memory_grow(0, (at + size - have + PAGE - 1) / PAGE) == SIZE_MAX) __builtin_trap();
  top = at + size;
  __builtin_memset((void *)at, 0, size);
  return (void *)at;
}

void abi_enter(void) { depth++; }

void abi_leave(void) {
  if (--depth == 0) top = (uintptr_t)&__heap_base;
}

text_t text_join(int count, ...) {
  va_list all;
  size_t length = 0;
  va_start(all, count);
  for (int i = 0; i < count; i++) length += va_arg(all, text_t).length;
  va_end(all);
  char *data = call_alloc(length);
  size_t at = 0;
  va_start(all, count);
  for (int i = 0; i < count; i++) {
    text_t text = va_arg(all, text_t);
    __builtin_memcpy(data + at, text.data, text.length);
    at += text.length;
  }
  va_end(all);
  return (text_t){data, length};
}
