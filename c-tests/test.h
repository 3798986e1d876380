/*
 * The basis of every test program: checks that print where they stand, what was expected and what came, and end the
 * program with status 1. A program that returns 0 has proved all of its claims. The checks work on any thread.
 *
 * The tests are written in the common part of C11 and C++20, and run as both.
 */
#ifndef TEST_H
#define TEST_H

#include <atomic_log.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inline.h"

/* C11's keywords, as C++ spells them. */
#ifdef __cplusplus
#define _Alignof alignof
#define _Noreturn [[noreturn]]
#define _Static_assert static_assert
#define _Thread_local thread_local
#endif

/* Whether the library is a checked one. It keeps the memory of handles that were destroyed until the log goes. */
#ifdef ALOG_TEST_CHECKED
enum { CHECKED = 1 };
#else
enum { CHECKED = 0 };
#endif

/* The claim that is being proved, for the message. */
static const char *test_claim = "";

_Noreturn static inline void test_fail(const char *file, int line) {
  fprintf(stderr, "\n%s:%d: in %s\n", file, line, test_claim);
  fflush(NULL);
  _Exit(1);
}

static inline void test_check(bool holds, const char *text, const char *file, int line) {
  if (!holds) {
    fprintf(stderr, "does not hold: %s", text);
    test_fail(file, line);
  }
}

static inline void test_check_status(int32_t expected, int32_t actual, const char *text, const char *file, int line) {
  if (expected != actual) {
    fprintf(stderr, "%s\n  expected %s (%" PRId32 ")\n  actual   %s (%" PRId32 ")", text, alog_status_name(expected),
            expected, alog_status_name(actual), actual);
    test_fail(file, line);
  }
}

static inline void test_check_u64(uint64_t expected, uint64_t actual, const char *text, const char *file, int line) {
  if (expected != actual) {
    fprintf(stderr, "%s\n  expected %" PRIu64 "\n  actual   %" PRIu64, text, expected, actual);
    test_fail(file, line);
  }
}

static inline void test_check_pointer(const void *expected, const void *actual, const char *text, const char *file,
                                      int line) {
  if (expected != actual) {
    fprintf(stderr, "%s\n  expected %p\n  actual   %p", text, expected, actual);
    test_fail(file, line);
  }
}

static inline void test_check_range(uint64_t begin, uint64_t end, alog_range actual, const char *text, const char *file,
                                    int line) {
  if (begin != actual.begin || end != actual.end) {
    fprintf(stderr, "%s\n  expected [%" PRIu64 ", %" PRIu64 ")\n  actual   [%" PRIu64 ", %" PRIu64 ")", text, begin,
            end, actual.begin, actual.end);
    test_fail(file, line);
  }
}

static inline void test_check_delta(uint64_t first, uint64_t appended, uint64_t lost, alog_delta actual,
                                    const char *text, const char *file, int line) {
  if (first != actual.first_sequence || appended != actual.appended || lost != actual.lost) {
    fprintf(stderr,
            "%s\n  expected first %" PRIu64 ", appended %" PRIu64 ", lost %" PRIu64 "\n  actual   first %" PRIu64
            ", appended %" PRIu64 ", lost %" PRIu64,
            text, first, appended, lost, actual.first_sequence, actual.appended, actual.lost);
    test_fail(file, line);
  }
}

static inline void test_check_memory(const void *expected, const void *actual, size_t size, const char *text,
                                     const char *file, int line) {
  const unsigned char *left = (const unsigned char *)expected;
  const unsigned char *right = (const unsigned char *)actual;
  for (size_t i = 0; i < size; i++) {
    if (left[i] != right[i]) {
      fprintf(stderr, "%s\n  byte %zu of %zu: expected %02x, actual %02x", text, i, size, left[i], right[i]);
      test_fail(file, line);
    }
  }
}

#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_STATUS(expected, call) test_check_status((expected), (call), #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_STATUS(ALOG_OK, call)
#define CHECK_U64(expected, actual) test_check_u64((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_POINTER(expected, actual) test_check_pointer((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_RANGE(begin, end, actual) test_check_range((begin), (end), (actual), #actual, __FILE__, __LINE__)
#define CHECK_DELTA(first, appended, lost, actual) \
  test_check_delta((first), (appended), (lost), (actual), #actual, __FILE__, __LINE__)
#define CHECK_MEMORY(expected, actual, size) \
  test_check_memory((expected), (actual), (size), #actual, __FILE__, __LINE__)

/* Proves one claim, a function without arguments. */
#define RUN(claim)          \
  do {                      \
    test_claim = #claim;    \
    claim();                \
    printf("%s\n", #claim); \
  } while (0)

#endif
