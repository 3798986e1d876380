/* Measuring in C, as bench/src/ratio.rs does in Rust. The machine may be shared and its clock may wander, so a subject
 * and its control take turns of some microseconds, and what counts is the median of the turns' ratios.
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

/* Of floor.c: the cheapest function that a C program can call in a shared library; it returns 0. */
int c_floor(void *self, const void *record, size_t size);

static inline void check(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

/* Each call is checked, the subject's as well as the control's. */
#define OK(call) check((call) == 0, #call)

/* Whatever the compiler knows of the memory behind the pointer, it must forget. */
static inline void *opaque(void *pointer) {
  __asm__ volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

static inline uint64_t now(void) {
  struct timespec time;
  OK(clock_gettime(CLOCK_MONOTONIC, &time));
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Memory that is there already: touched, and of this alignment. */
static inline void *room(size_t align, size_t size) {
  void *block = aligned_alloc(align, (size + align - 1) / align * align);
  check(block != NULL, "aligned_alloc");
  return memset(block, 1, size);
}

/* The control of what appends: a ring of records and a counter on a cache line of its own. No reader can use it safely,
 * since what it reads is overwritten under it; that is what a log adds.
 */
struct ring {
  unsigned char *block, *slots;
  size_t next, end; /* in bytes */
  uint64_t count;
  _Alignas(128) _Atomic uint64_t published;
  unsigned char after[120];
};

/* The first slot begins `phase` bytes behind the beginning of a page. */
static inline void ring_create(struct ring *ring, size_t bytes, size_t phase) {
  memset(ring, 0, sizeof *ring);
  ring->block = room(4096, phase + bytes);
  ring->slots = ring->block + phase;
  ring->end = bytes;
}

static inline void ring_destroy(struct ring *ring) { free(ring->block); }

/* The record copied, and one Release store. All records have this size. */
static inline void ring_push(struct ring *ring, const void *record, size_t size) {
  size_t next = ring->next;
  uint64_t count = ring->count + 1;
  memcpy(ring->slots + next, record, size);
  next += size;
  ring->next = next == ring->end ? 0 : next;
  ring->count = count;
  atomic_store_explicit(&ring->published, count, memory_order_release);
}

/* The same for records of any size, which begin at multiples of 8. */
static inline void ring_push_bytes(struct ring *ring, const void *record, size_t size) {
  size_t next = ring->next + size > ring->end ? 0 : ring->next;
  uint64_t count = ring->count + 1;
  memcpy(ring->slots + next, record, size);
  ring->next = next + ((size + 7) & ~(size_t)7);
  ring->count = count;
  atomic_store_explicit(&ring->published, count, memory_order_release);
}

/* Does something `times` times. */
typedef void turn(void *context, size_t times);

enum { MAX_ROUNDS = 20000 };

/* Nanoseconds each time, of one round after the other. */
static struct {
  double subject[MAX_ROUNDS], control[MAX_ROUNDS];
  int count;
} rounds;

static inline void round_taken(double subject, double control) {
  if (rounds.count == MAX_ROUNDS) return;
  rounds.subject[rounds.count] = subject;
  rounds.control[rounds.count++] = control;
}

static inline int in_order(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
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

/* Ends a row: writes what its rounds say, and forgets them. */
static inline void results_row(const char *row, const char *subject) {
  static double ratios[MAX_ROUNDS];
  int count = rounds.count;
  size_t all = (size_t)count;
  check(count > 0, row);
  for (int i = 0; i < count; i++) ratios[i] = rounds.subject[i] / rounds.control[i];
  qsort(ratios, all, sizeof *ratios, in_order);
  qsort(rounds.subject, all, sizeof *ratios, in_order);
  qsort(rounds.control, all, sizeof *ratios, in_order);
  double ns = rounds.subject[count / 2], control_ns = rounds.control[count / 2];
  double ratio = ratios[count / 2], low = ratios[count / 4], high = ratios[count * 3 / 4];
  fprintf(results, "%s\t%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\n", row, subject, ns, control_ns, ratio, low, high);
  printf("%-20s %-12s %9.2f ns %9.2f ns %8.2f x  (%.2f to %.2f)\n", row, subject, ns, control_ns, ratio, low, high);
  check(fflush(stdout) == 0, "writing to stdout");
  rounds.count = 0;
}

static inline double turn_of(turn *which, void *context, size_t times) {
  uint64_t begin = now();
  which(context, times);
  return (double)(now() - begin) / (double)times;
}

static const uint64_t WARM_UP_NS = 50000000, MEASURED_NS = 300000000;

/* Lets control and subject take turns of `times` operations each. What `prepare` does before either's turn, unless it
 * is NULL, is not measured. */
static inline void compare_prepared(const char *row, const char *subject, void *context, size_t times, turn *prepare,
                                    turn *control, turn *measured) {
  uint64_t begin = now(), end = begin + WARM_UP_NS + MEASURED_NS, time;
  for (int round = 0; (time = now()) < end; round++) {
    double of[2];
    /* Who comes first alternates too, so that neither always finds the caches warm. */
    for (int first = round % 2, i = 0; i < 2; i++) {
      int who = first ^ i;
      if (prepare) prepare(context, times);
      of[who] = turn_of(who ? measured : control, context, times);
    }
    if (time - begin > WARM_UP_NS) round_taken(of[1], of[0]);
  }
  results_row(row, subject);
}

static inline void compare(const char *row, const char *subject, void *context, size_t times, turn *control,
                           turn *measured) {
  compare_prepared(row, subject, context, times, NULL, control, measured);
}

#endif
