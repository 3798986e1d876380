/* Measuring in C, as bench/src/ratio.rs does in Rust. The machine may be shared and its clock may wander. So a subject
 * and its control take turns of some microseconds, and the result is the median of the turns' ratios.
 *
 * Results are lines of a file: row, subject, nanoseconds of the subject and of its control, and the ratio's median and
 * quartiles, with tabs between.
 */
#ifndef ATOMIC_LOG_BENCH_TURNS_H
#define ATOMIC_LOG_BENCH_TURNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* In floor.c: the cheapest function that a C program can call in a shared library. It returns 0. */
int c_floor(void *self, const void *record, size_t size);

static inline void check(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

/* Each call is checked, the subject's as well as the control's. */
#define OK(call) check((call) == 0, #call)

/* The compiler must forget all that it knows of the memory behind the pointer. */
static inline void *opaque(void *pointer) {
  __asm__ volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

static inline uint64_t now(void) {
  struct timespec time;
  OK(clock_gettime(CLOCK_MONOTONIC, &time));
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Memory that has been touched, and has this alignment. */
static inline void *room(size_t align, size_t size) {
  void *block = aligned_alloc(align, (size + align - 1) / align * align);
  check(block != NULL, "aligned_alloc");
  return memset(block, 1, size);
}

/* The control of what appends: a ring of records, and a counter on a cache line of its own. No reader can use it
 * safely, because the writer overwrites what the reader reads. To prevent this is what a log adds.
 */
struct ring {
  unsigned char *block, *slots;
  size_t next, end; /* in bytes */
  unsigned char *at, *last;
  uint64_t count, mask; /* the mask: for a power of two of slots, one less */
  _Alignas(128) _Atomic uint64_t published;
  unsigned char after[120];
};

/* The first slot begins `phase` bytes behind the beginning of a page. `slots`: a power of two; 0 for records of any
 * size. */
static inline void ring_create(struct ring *ring, size_t slots, size_t bytes, size_t phase) {
  memset(ring, 0, sizeof *ring);
  ring->block = room(4096, phase + bytes);
  ring->slots = ring->at = ring->block + phase;
  ring->end = bytes;
  ring->last = ring->slots + bytes;
  ring->mask = slots - 1;
}

static inline void ring_destroy(struct ring *ring) { free(ring->block); }

/* How to copy a record. memcpy is a few moves if the size is a constant, otherwise a call. */
static inline void copy_plain(void *to, const void *from, size_t size) { memcpy(to, from, size); }

/* Never a call up to 128 bytes: moves, the last of which overlaps the one before. */
static inline void copy_moves(void *to, const void *from, size_t size) {
  unsigned char *end = (unsigned char *)to + size;
  const unsigned char *source = (const unsigned char *)from + size;
  if (size > 128) {
    memcpy(to, from, size);
  } else if (size < 8) {
    for (unsigned char *at = to; at < end; at++) *at = source[at - end];
  } else if (size <= 16) {
    memcpy(to, from, 8), memcpy(end - 8, source - 8, 8);
  } else if (size <= 32) {
    memcpy(to, from, 16), memcpy(end - 16, source - 16, 16);
  } else if (size <= 64) {
    memcpy(to, from, 32), memcpy(end - 32, source - 32, 32);
  } else {
    memcpy(to, from, 64), memcpy(end - 64, source - 64, 64);
  }
}

typedef void copy(void *to, const void *from, size_t size);

/* A ring may be written in many ways, and the processor decides which is the fastest: a load of what was stored a
 * moment ago waits, or does not. So there are three, and inline.c has a fourth. Each is compared with the log, and the
 * fastest is the control. In these three the head lies in memory, because a push begins where the last one ended,
 * wherever in a program that was. They share one ring, so that it is as warm as the log is: ring_prepare lets each go
 * on where another has ended. */
static inline void ring_prepare(struct ring *ring) {
  uint64_t count = atomic_load_explicit(&ring->published, memory_order_relaxed);
  ring->next = (count & ring->mask) * (ring->end / (ring->mask + 1));
  ring->at = ring->slots + ring->next;
  ring->count = count;
}

/* The record copied, and one Release store. All records have this size. */
static inline void ring_push(struct ring *ring, const void *record, size_t size, copy *copy) {
  size_t next = ring->next;
  uint64_t count = ring->count + 1;
  copy(ring->slots + next, record, size);
  next += size;
  ring->next = next == ring->end ? 0 : next;
  ring->count = count;
  atomic_store_explicit(&ring->published, count, memory_order_release);
}

/* The head is a pointer. */
static inline void ring_push_at(struct ring *ring, const void *record, size_t size, copy *copy) {
  unsigned char *at = ring->at;
  uint64_t count = ring->count + 1;
  copy(at, record, size);
  at += size;
  ring->at = at == ring->last ? ring->slots : at;
  ring->count = count;
  atomic_store_explicit(&ring->published, count, memory_order_release);
}

/* A power of two of slots: what is published is the head, and there is no other state. */
static inline void ring_push_masked(struct ring *ring, const void *record, size_t size, copy *copy) {
  uint64_t count = atomic_load_explicit(&ring->published, memory_order_relaxed);
  copy(ring->slots + (count & ring->mask) * size, record, size);
  atomic_store_explicit(&ring->published, count + 1, memory_order_release);
}

/* The same for records of any size, which begin at multiples of 8. */
static inline void ring_push_bytes(struct ring *ring, const void *record, size_t size, copy *copy) {
  size_t next = ring->next + size > ring->end ? 0 : ring->next;
  uint64_t count = ring->count + 1;
  copy(ring->slots + next, record, size);
  ring->next = next + ((size + 7) & ~(size_t)7);
  ring->count = count;
  atomic_store_explicit(&ring->published, count, memory_order_release);
}

/* Does something `times` times. */
typedef void turn(void *context, size_t times);

enum { MAX_ROUNDS = 20000, MAX_SIDES = 12 };

/* A side that takes turns. The time of `prepare`, which runs before its turn unless it is NULL, is not measured. */
struct side {
  const char *name;
  void *context;
  turn *turn, *prepare;
};

/* Nanoseconds of each turn, one round after the other: of the sides that take part in each round, and of one of the
 * others. */
enum { ALWAYS = 2 };
static struct rounds {
  double taken[ALWAYS + 1][MAX_ROUNDS];
  int count;
} rounds[MAX_SIDES];

static inline int in_order(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static inline double median(const double *values, int count) {
  static double sorted[MAX_ROUNDS];
  memcpy(sorted, values, (size_t)count * sizeof *values);
  qsort(sorted, (size_t)count, sizeof *sorted, in_order);
  return sorted[count / 2];
}

struct outcome {
  double ns, control_ns, ratio, low, high;
};

/* The time of one side divided by that of another, round by round. */
static inline struct outcome held_against(const double *subject, const double *control, int count) {
  static double ratios[MAX_ROUNDS];
  for (int i = 0; i < count; i++) ratios[i] = subject[i] / control[i];
  qsort(ratios, (size_t)count, sizeof *ratios, in_order);
  return (struct outcome){median(subject, count), median(control, count), ratios[count / 2], ratios[count / 4],
                          ratios[count * 3 / 4]};
}

static FILE *results;

static inline void results_open(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s FILE\n", argv[0]);
    exit(2);
  }
  results = fopen(argv[1], "w");
  check(results != NULL, argv[1]);
}

static inline void results_close(void) { check(!ferror(results) && fclose(results) == 0, "writing the results"); }

/* `control`: the side that this one is compared with, or NULL. */
static inline void results_row(const char *row, const char *subject, struct outcome it, const char *control) {
  fprintf(results, "%s\t%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\n", row, subject, it.ns, it.control_ns, it.ratio, it.low,
          it.high);
  printf("%-26s %-16s %9.2f ns %9.2f ns %8.2f x  (%.2f to %.2f)%s%s\n", row, subject, it.ns, it.control_ns, it.ratio,
         it.low, it.high, control ? "  by " : "", control ? control : "");
  check(fflush(stdout) == 0, "writing to stdout");
}

static inline double turn_of(const struct side *side, size_t times) {
  if (side->prepare) side->prepare(side->context, times);
  uint64_t begin = now();
  side->turn(side->context, times);
  return (double)(now() - begin) / (double)times;
}

static const uint64_t WARM_UP_NS = 50000000, MEASURED_NS = 300000000;

/* Rounds of one of the others in a row. The first of them warm the caches up, which have room for a few sides only. */
enum { ROW = 64, WARMING = 8 };

/* Lets `sides` take turns of `times` operations each. The first `always` sides take part in every round. Of the others
 * one takes part, for a row of rounds, and then the next one. So all measure under the same load, and each is as warm
 * as the one that it is compared with. */
static inline void take_turns(const struct side *sides, int always, int count, size_t times) {
  int others = count - always;
  uint64_t begin = now(), end = begin + WARM_UP_NS + MEASURED_NS * (uint64_t)others, time;
  check(always <= ALWAYS && others > 0 && others <= MAX_SIDES, "the number of sides");
  for (int i = 0; i < others; i++) rounds[i].count = 0;
  for (int round = 0; (time = now()) < end || round < 2 * ROW * others; round++) {
    int other = round / ROW % others;
    struct rounds *mine = &rounds[other];
    double taken[ALWAYS + 1];
    /* The first side alternates too, so that none always finds the caches warm. */
    for (int i = 0; i <= always; i++) {
      int who = (i + round) % (always + 1);
      taken[who] = turn_of(&sides[who < always ? who : always + other], times);
    }
    if (time - begin <= WARM_UP_NS || round % ROW < WARMING || mine->count == MAX_ROUNDS) continue;
    for (int i = 0; i <= always; i++) mine->taken[i][mine->count] = taken[i];
    mine->count++;
  }
  for (int i = 0; i < others; i++) check(rounds[i].count > 0, "the check that there was a round");
}

/* Compares a subject with some forms of its control, and gives the row to the form that is the fastest beside it. If
 * there are several forms, each has a row of its own, too. */
static inline void compare_forms(const char *row, const char *subject, const struct side *sides, int count,
                                 size_t times) {
  int best = 1;
  struct outcome outcomes[MAX_SIDES];
  take_turns(sides, 1, count, times);
  for (int i = 1; i < count; i++) {
    const struct rounds *mine = &rounds[i - 1];
    outcomes[i] = held_against(mine->taken[0], mine->taken[1], mine->count);
    if (outcomes[i].ratio > outcomes[best].ratio) best = i;
  }
  results_row(row, subject, outcomes[best], count > 2 ? sides[best].name : NULL);
  for (int i = 1; count > 2 && i < count; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s/%s", row, sides[i].name);
    results_row(name, subject, outcomes[i], NULL);
  }
}

static inline void compare(const char *row, const char *subject, void *context, size_t times, turn *control,
                           turn *measured) {
  compare_forms(row, subject, (struct side[]){{subject, context, measured, NULL}, {NULL, context, control, NULL}}, 2,
                times);
}

#endif
