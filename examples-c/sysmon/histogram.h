/* sysmon/histogram.h: counts durations, and returns quantiles with an error of at most an eighth. */
#ifndef SYSMON_HISTOGRAM_H
#define SYSMON_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

enum { HISTOGRAM_BUCKETS = 512, MAX_DURATION_TEXT = 24 };

/* Every power of two has eight buckets. Below 16 each number has its own. */
typedef struct histogram {
  uint64_t total;
  uint64_t count[HISTOGRAM_BUCKETS];
} histogram;

static void histogram_add(histogram *h, uint64_t ns) {
  unsigned shift = 0;
  while (ns >> shift >= 16) shift++;
  h->count[shift * 8 + (ns >> shift)]++;
  h->total++;
}

static uint64_t histogram_quantile(const histogram *h, double quantile) {
  uint64_t rank = (uint64_t)(quantile * (double)h->total), below = 0;
  for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    below += h->count[bucket];
    if (below > rank) {
      return bucket < 16 ? bucket : (uint64_t)(8 + bucket % 8) << (bucket / 8 - 1);
    }
  }
  return 0;
}

/* "850 ns", "12.3 us", "4.56 ms": three figures and a unit. */
static const char *duration_text(char text[MAX_DURATION_TEXT], uint64_t ns) {
  if (ns < 1000) {
    snprintf(text, MAX_DURATION_TEXT, "%u ns", (unsigned)ns);
  } else if (ns < 1000000) {
    snprintf(text, MAX_DURATION_TEXT, "%.3g us", (double)ns / 1e3);
  } else {
    snprintf(text, MAX_DURATION_TEXT, "%.3g ms", (double)ns / 1e6);
  }
  return text;
}

#endif
