// A plugin for contracts/bench as a core module: the canonical ABI by hand, no libc, no tools but clang and wasm-ld.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define WORK "tenon:bench/work@0.1.0#"

// Which contract this file speaks; the host reads it before it compiles the module.
__asm__(".section \".custom_section.tenon:contract\",\"\",@\n"
        ".ascii \"{\\\"package\\\":\\\"tenon:bench\\\",\\\"world\\\":\\\"plugin\\\",\\\"version\\\":\\\"0.1.0\\\",\\\"abi\\\":1}\"\n"
        ".text\n");

typedef struct { const uint8_t *at; uint32_t length; } list_t;
typedef struct { list_t artifact, log; } build_response;

IMPORT("tenon:bench/host@0.1.0", "tick") uint32_t host_tick(uint32_t n);

// Memory that grows and is given back as a whole after each call: all that a call without state needs.
extern uint8_t __heap_base;
static uintptr_t top;

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (top == 0) top = (uintptr_t)&__heap_base;
  uintptr_t at = (top + align - 1) & ~(uintptr_t)(align - 1);
  size_t have = __builtin_wasm_memory_size(0) * 65536;
  if (at + size > have && __builtin_wasm_memory_grow(0, (at + size - have + 65535) / 65536) == (size_t)-1) __builtin_trap();
  top = at + size;
  if (old_size > 0) __builtin_memcpy((void *)at, old, old_size < size ? old_size : size);
  return (void *)at;
}

static void release(void) { top = (uintptr_t)&__heap_base; }

EXPORT(WORK "add") int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

static list_t echoed;
EXPORT(WORK "echo") list_t *echo(const uint8_t *text, uint32_t length) {
  echoed = (list_t){text, length};
  return &echoed;
}
EXPORT("cabi_post_" WORK "echo") void echo_done(list_t *result) { (void)result; release(); }

EXPORT(WORK "bytes") list_t *bytes(const uint8_t *data, uint32_t length) {
  echoed = (list_t){data, length};
  return &echoed;
}
EXPORT("cabi_post_" WORK "bytes") void bytes_done(list_t *result) { (void)result; release(); }

EXPORT(WORK "callbacks") uint32_t callbacks(uint32_t count) {
  uint32_t n = 0;
  while (count-- > 0) n = host_tick(n);
  return n;
}

// Fields arrive one by one: path, target, args, env, each as pointer and length.
static build_response built;
EXPORT(WORK "build")
build_response *build(const uint8_t *path, uint32_t path_length, const uint8_t *target, uint32_t target_length,
                      const list_t *args, uint32_t arg_count, const list_t (*env)[2], uint32_t env_count) {
  uint8_t *artifact = cabi_realloc(NULL, 0, 1, 4096);
  uint32_t seed = path_length + target_length + env_count;
  for (uint32_t i = 0; i < arg_count; i++) seed += args[i].length;
  for (uint32_t i = 0; i < 4096; i++) artifact[i] = (uint8_t)(seed + i);
  uint8_t *log = cabi_realloc(NULL, 0, 1, 256);
  for (uint32_t i = 0; i < 256; i++) log[i] = i < path_length ? path[i] : '.';
  built = (build_response){{artifact, 4096}, {log, 256}};
  (void)target;
  (void)env;
  return &built;
}
EXPORT("cabi_post_" WORK "build") void build_done(build_response *result) { (void)result; release(); }
