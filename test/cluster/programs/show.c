// show FILE VARIABLE: an app without a shell. Prints the variable once, and the file whenever its content has changed.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void stop(int signal) { _exit(0); }

int main(int count, char **arguments) {
  static char now[65536], last[65536];
  if (count != 3) return 2;
  signal(SIGTERM, stop);
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *value = getenv(arguments[2]);
  printf("variable %s\n", value ? value : "(not set)");
  for (;; usleep(50000)) {
    FILE *file = fopen(arguments[1], "r");
    size_t size = file ? fread(now, 1, sizeof now - 1, file) : 0;
    now[size] = 0;
    if (file) fclose(file);
    if (strcmp(now, last) != 0) printf("file %s\n", strcpy(last, now));
  }
}
