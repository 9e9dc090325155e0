// The probe in C: what native code that is bent on it can do with the system, in whatever process it is loaded into.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TENON_PLUGIN
#include "plugin.h"

enum { MIB = 1024 * 1024, NAME_BYTES = 4096 };

/** With an end that C knows. */
static char *copy(text_t text, char *into) {
  size_t length = text.length < NAME_BYTES - 1 ? text.length : NAME_BYTES - 1;
  memcpy(into, text.data, length);
  into[length] = '\0';
  return into;
}

uint32_t probe_read_file(text_t path) {
  char name[NAME_BYTES], byte;
  int file = open(copy(path, name), O_RDONLY);
  if (file < 0) return 0;
  uint32_t came = read(file, &byte, 1) >= 0 ? 2 : 0;
  close(file);
  return came;
}

uint32_t probe_connect(uint32_t port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int one = socket(AF_INET, SOCK_STREAM, 0);
  if (one < 0) return 0;
  uint32_t came = connect(one, (struct sockaddr *)&to, sizeof to) == 0 ? 2 : 0;
  close(one);
  return came;
}

/** Whether a process was started with the variable. */
static int environment_has(const char *pid, const char *name) {
  char path[NAME_BYTES], line[65536];
  snprintf(path, sizeof path, "/proc/%s/environ", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t length = fread(line, 1, sizeof line - 1, file), wanted = strlen(name);
  fclose(file);
  line[length] = '\0';
  for (size_t at = 0; at < length; at += strlen(line + at) + 1)
    if (strncmp(line + at, name, wanted) == 0 && line[at + wanted] == '=') return 1;
  return 0;
}

uint32_t probe_read_env(text_t text) {
  char name[NAME_BYTES];
  if (getenv(copy(text, name)) != NULL) return 2;
  // Every process that it can see, whoever's it is.
  DIR *processes = opendir("/proc");
  if (processes == NULL) return 0;
  uint32_t came = 0;
  for (struct dirent *one; came == 0 && (one = readdir(processes)) != NULL;)
    if (one->d_name[0] >= '1' && one->d_name[0] <= '9' && environment_has(one->d_name, name)) came = 1;
  closedir(processes);
  return came;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

uint32_t probe_read_clock(void) {
  long long from = now(), to;
  while ((to = now()) == from) {
  }
  return to - from < 500000 ? 2 : 0;
}

uint32_t probe_spawn(void) {
  pid_t child = fork();
  if (child < 0) return 0;
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
    _exit(1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 2 : 0;
}

uint32_t probe_call_listed(void) { return host_listed(); }
uint32_t probe_call_unlisted(void) { return host_unlisted(); }

/** Kept for good; native code has one kind of memory. */
uint32_t probe_allocate(uint32_t mebibytes, bool beside) {
  for (uint32_t left = mebibytes; left > 0; left--) {
    char *block = malloc(MIB);
    if (block == NULL) return 0;
    memset(block, beside ? 1 : 2, MIB);
    *(volatile char *)block = 3;
  }
  return 2;
}

uint64_t probe_read_random(void) {
  uint64_t bytes = 0;
  return getrandom(&bytes, sizeof bytes, 0) == sizeof bytes ? bytes : 0;
}

void probe_print(uint32_t lines) {
  for (uint32_t line = 0; line < lines; line++)
    puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

void probe_spin(void) {
  for (volatile uint32_t turns = 0;; turns++) {
  }
}
