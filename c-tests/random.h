/* Numbers that look random and are the same in every run with the same seed. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* Spreads the bits of `x` over the whole word, one to one. */
static inline uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
  x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
  return x ^ (x >> 32);
}

typedef struct random_source {
  uint64_t state;
} random_source;

static inline uint64_t random_next(random_source *random) {
  random->state += UINT64_C(0x9e3779b97f4a7c15);
  return mix(random->state);
}

/* A number below `bound`, which is not 0. */
static inline uint64_t random_below(random_source *random, uint64_t bound) { return random_next(random) % bound; }

#endif
