/*
 * The clock in nanoseconds, and naps.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include "../examples-c/system.h"

#define MILLISECOND UINT64_C(1000000)
#define SECOND NS_PER_SECOND

static inline uint64_t now(void) { return now_ns(); }
static inline void nap_for(uint64_t nanoseconds) { sleep_ns(nanoseconds); }

#endif
