// The same plugin in C, for a shared library, a program and a WebAssembly module; VERSION is 100 times the major number of the
// contract that it is built for, and 10 times the minor one. The headers are those of that version.
#if defined(AS_LIBRARY)
#define TENON_PLUGIN
#include "plugin.h"
#define ALONE void
#define FIRST
#define HOST(name, ...) name(__VA_ARGS__)
#define TEXT(literal) tenon_text(literal)
#define ITEMS(type, array) ((type *)tenon_copy(array, sizeof array))
#elif defined(AS_PROGRAM)
#include "contract.h"
#define ALONE call_t *call
#define FIRST call_t *call,
#define HOST(name, ...) host_##name(call, __VA_ARGS__)
#define TEXT(literal) ((text_t){(literal), sizeof(literal) - 1})
#define ITEMS(type, array) ((type *)copied(call_alloc(call, sizeof array), array, sizeof array))
#else
#include "contract.h"
#define ALONE void
#define FIRST
#define HOST(name, ...) host_##name(__VA_ARGS__)
#define ITEMS(type, array) ((type *)copied(call_alloc(sizeof array), array, sizeof array))
#endif

static inline void *copied(void *into, const void *from, size_t size) {
  return __builtin_memcpy(into, from, size);
}

// Without a C library there is no memcmp.
static bool is(text_t text, const char *other, size_t length) {
  if (text.length != length) return false;
  for (size_t i = 0; i < length; i++)
    if (text.data[i] != other[i]) return false;
  return true;
}

#if VERSION >= 200
plugin_info_t builder_describe(ALONE) {
#else
plugin_info_t builder_info(ALONE) {
#endif
  text_t languages[] = {TEXT("text")};
  return (plugin_info_t){
    .name = TEXT("history"),
    .version = TEXT(VERSION_TEXT),
    .languages = {ITEMS(text_t, languages), 1},
  };
}

static bool has_hello(list_text_t files) {
  for (size_t i = 0; i < files.length; i++)
    if (is(files.items[i], "hello.txt", 9)) return true;
  return false;
}

static detection_t detection(ALONE) {
#if defined(AS_PROGRAM)
  (void)call;
#endif
  return (detection_t){
    .language = TEXT("text"),
#if VERSION >= 210
    .entry = {true, TEXT("hello.txt")},
#endif
#if VERSION >= 300
    .confidence = 0.9,
#else
    .confidence = 90,
#endif
  };
}

#if defined(AS_PROGRAM)
#define DETECTION detection(call)
#else
#define DETECTION detection()
#endif

#if VERSION >= 300
list_detection_t builder_detect(FIRST list_text_t files) {
  if (!has_hello(files)) return (list_detection_t){0};
  detection_t found[] = {DETECTION};
  return (list_detection_t){ITEMS(detection_t, found), 1};
}
#else
option_detection_t builder_detect(FIRST list_text_t files) {
  return (option_detection_t){.is_some = has_hello(files), .value = DETECTION};
}
#endif

static text_t profile_of(profile_t profile) {
#if VERSION >= 130
  if (profile == PROFILE_SMALL) return TEXT("small");
#endif
  return profile == PROFILE_RELEASE ? TEXT("release") : TEXT("debug");
}

result_build_output_build_error_t builder_build(FIRST build_request_t request) {
  result_build_output_build_error_t answer = {0};
  option_uint8_t half = {true, 50};
#if VERSION >= 200
  HOST(report_progress, (progress_update_t){TEXT("building"), half});
#else
  HOST(report_progress, TEXT("building"), half);
#endif
#if VERSION >= 110
  HOST(report_stage, TEXT("link"));
#endif
#if VERSION >= 120
  HOST(report_log, LOG_LEVEL_INFO, request.output_folder);
#else
  HOST(report_log, LOG_LEVEL_INFO, request.out_dir);
#endif
#if VERSION >= 200
  result_bytes_file_error_t read = HOST(project_read_file, TEXT("hello.txt"));
#else
  result_text_file_error_t read = HOST(project_read_text, TEXT("hello.txt"));
#endif
  if (read.is_err) {
    answer.is_err = true;
    answer.err.tag = BUILD_ERROR_INTERNAL;
    answer.err.internal = TEXT("the file cannot be read");
    return answer;
  }
  artifact_t artifacts[] = {{
    .path_ = TEXT("hello.wasm"),
    .size = read.ok.length,
#if VERSION >= 200
    .kind = ARTIFACT_KIND_WASM,
#endif
  }};
  diagnostic_t diagnostics[] = {{
    .severity = SEVERITY_NOTE,
    .message = profile_of(request.profile),
    .line = {true, 1},
#if VERSION >= 110
    .code = {true, TEXT("N1")},
#endif
  }};
  answer.ok.artifacts = (list_artifact_t){ITEMS(artifact_t, artifacts), 1};
  answer.ok.diagnostics = (list_diagnostic_t){ITEMS(diagnostic_t, diagnostics), 1};
  return answer;
}

#if VERSION < 120
list_text_t builder_clean(FIRST text_t out_dir) {
  text_t removed[] = {out_dir};
  return (list_text_t){ITEMS(text_t, removed), 1};
}
#endif

#if VERSION >= 130
uint32_t builder_estimate(FIRST build_request_t request) {
#if defined(AS_PROGRAM)
  (void)call;
#endif
  (void)request;
  return 42;
}
#endif

#if defined(AS_PROGRAM)
int main(void) {
  return serve(CONTRACT_ID, dispatch);
}
#endif
