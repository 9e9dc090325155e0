// Tries every way out of its directory that a C program has, and prints what came of each; exits with the number of escapes.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int escapes = 0;

static void try_read(const char *path) {
  char text[64] = {0};
  int fd = open(path, O_RDONLY);
  if (fd >= 0) {
    if (read(fd, text, sizeof text - 1) > 0 && strstr(text, "secret") != NULL) escapes++;
    close(fd);
  }
  printf("%s: %s\n", path, fd < 0 ? "refused" : text);
}

int main(void) {
  try_read("/data/../outside");
  try_read("/data/found/outside");
  try_read("/data/absolute");
  try_read("/outside");
  try_read("/proc/self/environ");
  printf("symlink: %s\n", symlink("../outside", "/data/own") == 0 ? "made" : "refused");
  try_read("/data/own");
  mkdir("/data/deep", 0777);
  // A link that stays inside where it is made, moved to where it would not.
  printf("symlink: %s\n", symlink("../outside", "/data/deep/own") == 0 ? "made" : "refused");
  printf("rename: %s\n", rename("/data/deep/own", "/data/own") == 0 ? "made" : "refused");
  try_read("/data/own");
  printf("link: %s\n", link("/data/../outside", "/data/hard") == 0 ? "made" : "refused");
  printf("rename: %s\n", rename("/data/inside", "/data/../taken") == 0 ? "made" : "refused");
  try_read("/data/inside");
  return escapes;
}
