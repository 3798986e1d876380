/* What goes from one machine to the other. */
#ifndef READING_H
#define READING_H

#include <stdint.h>

typedef struct reading {
  uint64_t time; /* nanoseconds since 1970 */
  uint32_t core;
  uint32_t busy; /* percent */
} reading;

#endif
