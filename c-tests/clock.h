/*
 * The monotonic clock in nanoseconds, and naps.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

#include "test.h"

#define MILLISECOND UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

static inline uint64_t now(void) {
  struct timespec time = {0, 0};
  CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline void nap_for(uint64_t nanoseconds) {
  const struct timespec time = {(time_t)(nanoseconds / SECOND), (long)(nanoseconds % SECOND)};
  nanosleep(&time, NULL);
}

#endif
