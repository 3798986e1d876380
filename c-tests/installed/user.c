/* A program that uses the library of ticks.c, and through it this one. */
#include <stdio.h>

#include "ticks.h"

int main(void) {
  alog_log *log = ticks_create();
  if (log == NULL) return 1;
  alog_log_release(log);
  printf("atomic-log %s works\n", ALOG_VERSION_STRING);
  return 0;
}
