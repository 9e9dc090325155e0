// The measured plugin as a shared library, and beside it the same work in the forms that koffi itself has.
#define TENON_PLUGIN
#include "plugin.h"
#include <stdlib.h>

static uint8_t artifact[4096];
static char log_text[257];

static void fill(void) {
  static const char line[] = "compiled and linked without a warning. ";
  for (size_t i = 0; i < sizeof artifact; i++) artifact[i] = (uint8_t)(i * 7);
  for (size_t i = 0; i < 256; i++) log_text[i] = line[i % (sizeof line - 1)];
}

int32_t work_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
text_t work_echo(text_t text) { return text; }
bytes_t work_bytes(bytes_t data) { return data; }

build_response_t work_build(build_request_t request) {
  build_response_t response;
  if (log_text[0] == 0) fill();
  response.artifact.data = (uint8_t *)tenon_copy(artifact, sizeof artifact);
  response.artifact.length = sizeof artifact;
  response.log = tenon_text(request.args_.length == 8 ? log_text : "");
  return response;
}

uint32_t work_callbacks(uint32_t count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) n = host_tick(n);
  return n;
}

// The limit: numbers by value, texts and bytes in buffers that both sides know, records packed by hand.
TENON_EXPORT int32_t bare_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

TENON_EXPORT uint32_t bare_copy(const uint8_t *in, uint32_t length, uint8_t *out) {
  memcpy(out, in, length);
  return length;
}

TENON_EXPORT uint32_t bare_build(const uint8_t *in, uint32_t length, uint8_t *out) {
  uint32_t lines = 1;
  if (log_text[0] == 0) fill();
  for (uint32_t i = 0; i < length; i++) lines += in[i] == '\n';
  uint32_t size = sizeof artifact, text = lines == 26 ? 256 : 0;
  memcpy(out, &size, 4);
  memcpy(out + 4, artifact, size);
  memcpy(out + 4 + size, log_text, text);
  return 4 + size + text;
}

TENON_EXPORT uint32_t bare_callbacks(uint32_t (*tick)(uint32_t), uint32_t count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) n = tick(n);
  return n;
}

// What one writes with koffi's own types.
TENON_EXPORT const char *peer_echo(const char *text) { return text; }

typedef struct {
  const char *name, *value;
} peer_pair;
typedef struct {
  const char *path, *target;
  const char *args[8];
  peer_pair env[8];
} peer_request;
typedef struct {
  uint8_t artifact[4096];
  const char *log;
} peer_response;

TENON_EXPORT void peer_build(const peer_request *request, peer_response *response) {
  if (log_text[0] == 0) fill();
  memcpy(response->artifact, artifact, sizeof artifact);
  response->log = request->args[7] != NULL ? log_text : "";
}
