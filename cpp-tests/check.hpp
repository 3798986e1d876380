// Checks that print where they stand, what was expected and what came, and end the program with status 1. They need no
// exceptions, so the tests can be compiled without. The checks work on any thread.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <atomic_log.hpp>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// The claim that is being proved, for the message.
inline const char *claim = "";

[[noreturn]] inline void failed(const char *file, int line) {
  std::fprintf(stderr, "\n%s:%d: in %s\n", file, line, claim);
  std::fflush(nullptr);
  std::_Exit(1);
}

inline void check(bool holds, const char *text, const char *file, int line) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s", text);
  failed(file, line);
}

inline void check_status(alog::status expected, alog::status actual, const char *text, const char *file, int line) {
  if (expected == actual) return;
  std::fprintf(stderr, "%s\n  expected %s\n  actual   %s", text, expected.name(), actual.name());
  failed(file, line);
}

inline void check_u64(std::uint64_t expected, std::uint64_t actual, const char *text, const char *file, int line) {
  if (expected == actual) return;
  std::fprintf(stderr, "%s\n  expected %" PRIu64 "\n  actual   %" PRIu64, text, expected, actual);
  failed(file, line);
}

inline void check_text(const char *expected, const char *actual, const char *text, const char *file, int line) {
  if (std::strcmp(expected, actual) == 0) return;
  std::fprintf(stderr, "%s\n  expected \"%s\"\n  actual   \"%s\"", text, expected, actual);
  failed(file, line);
}

#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK_STATUS(expected, ...) check_status((expected), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK_OK(...) CHECK_STATUS(ALOG_OK, __VA_ARGS__)
#define CHECK_TEXT(expected, ...) check_text((expected), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK_U64(expected, ...) check_u64((expected), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

// The value of a result that must have one.
template <class T>
T must(alog::result<T> &&result, const char *text, const char *file, int line) {
  check_status(ALOG_OK, result.status(), text, file, line);
  return std::move(result).value();
}
template <class T>
T &must(alog::result<T &> result, const char *text, const char *file, int line) {
  check_status(ALOG_OK, result.status(), text, file, line);
  return result.value();
}
#define MUST(...) must((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

// Proves one claim, a function without arguments.
#define RUN(name)               \
  do {                          \
    claim = #name;              \
    name();                     \
    std::printf("%s\n", #name); \
  } while (0)

// Each file's claims; main.cpp proves them all.
void results();
void handles();
void writers();
void views();
void byte_records();
void threads();
void recorders();

// How often operator new was called.
std::uint64_t news();

// Record i of the logs in the tests.
struct pair {
  std::uint64_t sequence;
  std::uint64_t square;
};
constexpr pair pair_of(std::uint64_t i) { return {i, i * i}; }
constexpr bool operator==(const pair &a, const pair &b) { return a.sequence == b.sequence && a.square == b.square; }

struct pairs {
  alog::log<pair> log;
  alog::writer<pair> writer;

  pairs(std::uint64_t retained, std::uint64_t segment)
      : log(MUST(alog::log<pair>::create(alog::options(retained, segment)))), writer(MUST(log.claim())) {}
  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; i++) CHECK_OK(writer.append(pair_of(writer.next_sequence())));
  }
};

#endif
