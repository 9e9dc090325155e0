// The raw limit of exec: posix_spawn of a program, its output read to the end, its exit awaited.
// `spawn-limit COUNT PROGRAM ARGS...` reads its whole standard input once, gives it to every run, and prints nanoseconds a run.
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <poll.h>
#include <fcntl.h>

extern char **environ;
static char input[2 << 20], sink[1 << 16];

static int run(char **argv, size_t length) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  pid_t child;
  if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ)) return -1;
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  fcntl(in[1], F_SETFL, O_NONBLOCK);
  size_t sent = 0;
  if (length == 0) close(in[1]);
  for (;;) {
    struct pollfd fds[2] = {{out[0], POLLIN, 0}, {sent < length ? in[1] : -1, POLLOUT, 0}};
    poll(fds, 2, -1);
    if (fds[1].revents) {
      ssize_t put = write(in[1], input + sent, length - sent);
      if (put > 0 && (sent += (size_t)put) == length) close(in[1]);
    }
    if (fds[0].revents && read(out[0], sink, sizeof sink) <= 0) break;
  }
  close(out[0]);
  int status;
  waitpid(child, &status, 0);
  return status;
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  long count = atol(argv[1]);
  size_t length = 0;
  for (ssize_t got; (got = read(0, input + length, sizeof input - length)) > 0;) length += (size_t)got;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (long i = 0; i < count; i++)
    if (run(argv + 2, length)) return 1;
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("%.0f\n", ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / (double)count);
  return 0;
}
