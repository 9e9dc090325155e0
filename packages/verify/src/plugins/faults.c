// A shared library that misbehaves in every way that the catalogue has and native code survives.
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void on_open(void);
#define TENON_ON_OPEN on_open
#define TENON_PLUGIN
#include "plugin.h"

enum { ENDLESS_DEPTH = 1000 };
static uint32_t asked;

static void spin(void) {
  for (volatile uint32_t turns = 0;; turns++) {
  }
}

static void on_open(void) {
#if defined(KIND_START_SPINS)
  spin();
#endif
}

uint32_t faults_ping(uint32_t n) { return n; }
uint32_t faults_count(void) { return ++asked; }
void faults_trap(uint32_t kind) {
  if (kind == 100) _exit(3);
  if (kind == 101) _exit(0);
  if (kind == 102) abort();
  if (kind == 105) {
    signal(SIGTERM, SIG_IGN);
    spin();
  }
  if (kind == 106) {
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    return;
  }
  tenon_fail(kind == 0 ? "trap" : "another trap");
}
void faults_spin(void) { spin(); }

uint32_t faults_nest(uint32_t depth) {
  if (depth == 0) spin();
  return depth == ENDLESS_DEPTH ? 0 : host_nest(depth - 1);
}

uint32_t faults_take(text_t text) { return (uint32_t)text.length; }

text_t faults_text(uint32_t length) {
  text_t text = {(const char *)tenon_alloc(length), length};
  if (text.data != NULL) memset((char *)text.data, 'x', length);
  return text;
}

void faults_recurse(void) { tenon_fail("a native stack that ends is the end of the process"); }
uint32_t faults_grow(void) { return 0; }
uint32_t faults_grow_table(void) { return 0; }

uint32_t faults_flood_host(uint32_t count) {
  uint32_t n = 0;
  for (uint32_t left = count; left > 0 && !tenon_failed(); left--) n = host_tick(n);
  return n;
}

void faults_flood_output(uint32_t lines) {
  for (uint32_t line = 0; line < lines; line++) {
    printf("out %u %060d\n", (unsigned)line, 0);
    fprintf(stderr, "err %u %060d\n", (unsigned)line, 0);
  }
}

uint32_t faults_open_files(uint32_t count) { return count - count; }
uint32_t faults_hang(void) { return host_hang(); }

uint32_t faults_stir(uint32_t seed, uint32_t rounds, uint32_t trap_at, uint32_t grow_at) {
  (void)rounds;
  (void)trap_at;
  (void)grow_at;
  return seed;
}
