// Uses files, directories, arguments and the environment as ordinary C programs do; exits with the line of the first surprise.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) \
  if (!(condition)) { fprintf(stderr, "%s (errno %d)\n", #condition, errno); return __LINE__; }

int main(int argc, char **argv) {
  char line[256] = {0};
  struct stat facts;
  CHECK(argc == 3 && strcmp(argv[1], "one") == 0 && strcmp(argv[2], "two words") == 0);
  CHECK(strcmp(getenv("GREETING"), "hello") == 0 && getenv("HOME") == NULL);
  CHECK(fgets(line, sizeof line, stdin) != NULL && strcmp(line, "from the host\n") == 0);

  CHECK(mkdir("/data/dir", 0777) == 0 && mkdir("/data/dir", 0777) == -1 && errno == EEXIST);
  FILE *file = fopen("/data/dir/file", "w+");
  CHECK(file != NULL && fprintf(file, "%d lines\n", 3) == 8);
  CHECK(fseek(file, 0, SEEK_SET) == 0 && fgets(line, sizeof line, file) != NULL && strcmp(line, "3 lines\n") == 0);
  CHECK(fclose(file) == 0 && stat("/data/dir/file", &facts) == 0 && facts.st_size == 8 && S_ISREG(facts.st_mode));
  file = fopen("/data/dir/file", "a");
  CHECK(file != NULL && fputs("more\n", file) >= 0 && fclose(file) == 0);
  CHECK(truncate("/data/dir/file", 10) == 0 && stat("/data/dir/file", &facts) == 0 && facts.st_size == 10);

  CHECK(symlink("file", "/data/dir/link") == 0 && lstat("/data/dir/link", &facts) == 0 && S_ISLNK(facts.st_mode));
  CHECK(readlink("/data/dir/link", line, sizeof line) == 4 && memcmp(line, "file", 4) == 0);
  CHECK(stat("/data/dir/link", &facts) == 0 && facts.st_size == 10);
  CHECK(link("/data/dir/file", "/data/dir/hard") == 0 && stat("/data/dir/hard", &facts) == 0 && facts.st_nlink == 2);
  CHECK(rename("/data/dir/hard", "/data/dir/moved") == 0 && access("/data/dir/hard", F_OK) == -1 && errno == ENOENT);

  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000000, .tv_nsec = 123456789}};
  CHECK(utimensat(AT_FDCWD, "/data/dir/file", times, 0) == 0 && stat("/data/dir/file", &facts) == 0);
  CHECK(facts.st_mtim.tv_sec == 1000000000 && facts.st_mtim.tv_nsec == 123456789);

  int count = 0;
  DIR *directory = opendir("/data/dir");
  CHECK(directory != NULL);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) count++;
  CHECK(closedir(directory) == 0 && count == 5);

  CHECK(rmdir("/data/dir") == -1 && errno == ENOTEMPTY);
  CHECK(unlink("/data/dir/link") == 0 && unlink("/data/dir/moved") == 0 && unlink("/data/dir/file") == 0);
  CHECK(rmdir("/data/dir") == 0 && rmdir("/data/dir") == -1 && errno == ENOENT);

  struct timespec pause = {.tv_nsec = 2000000}, now;
  CHECK(nanosleep(&pause, NULL) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec > 1700000000);
  printf("done\n");
  exit(42);
}
