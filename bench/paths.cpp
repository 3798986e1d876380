// As bench/paths.c, for what include/atomic_log.hpp does inline. `paths-cpp NAME` runs one; `paths-cpp` lists them.
#include <atomic_log.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int TIMES = 4096, SEGMENT = 1024;

template <std::size_t Size>
struct record {
  unsigned char bytes[Size];
};

[[noreturn]] void fail(const char *what) {
  std::fprintf(stderr, "paths-cpp: %s failed\n", what);
  std::exit(1);
}

// A log that is warm, and its writer.
template <class T>
struct warm {
  alog::log<T> log = alog::log<T>::create(alog::options(16 * SEGMENT, SEGMENT)).value();
  alog::writer<T> writer = log.claim().value();
  T value{};

  warm() {
    for (int i = 0; i < 20 * SEGMENT; i++) {
      if (!writer.append(value)) fail("append");
    }
  }
};

warm<record<8>> eight;
warm<record<64>> wide;
warm<record<256>> wider;
alog::bytes_writer text;
alog::snapshot<record<64>> view;
alog::cursor<record<64>> cursor;
unsigned char data[256];

}  // namespace

// Not inlined, and known by name to the counter.
#define PATH(name)        \
  extern "C" void name(); \
  __attribute__((noinline)) void name()
#define EACH for (int i = 0; i < TIMES; i++)
#define GOOD(call) \
  if (!(call)) fail(#call)

PATH(path_cpp_append_8) { EACH GOOD(eight.writer.append(eight.value)); }
PATH(path_cpp_append_64) { EACH GOOD(wide.writer.append(wide.value)); }
PATH(path_cpp_append_256) { EACH GOOD(wider.writer.append(wider.value)); }
PATH(path_cpp_emplace_64) { EACH GOOD(wide.writer.emplace(wide.value)); }
PATH(path_cpp_bytes_40) { EACH GOOD(text.append(data, 40)); }
PATH(path_cpp_bytes_any) { EACH GOOD(text.append(data, static_cast<std::size_t>(i) * 7 % 128)); }
PATH(path_cpp_notify) { EACH GOOD(wide.writer.notify()); }
PATH(path_cpp_unchanged) { EACH GOOD(view.refresh().ok()); }
PATH(path_cpp_refresh) {
  EACH {
    GOOD(wide.writer.append(wide.value));
    GOOD(view.refresh().ok());
  }
}
PATH(path_cpp_follow) {
  EACH {
    GOOD(wide.writer.append(wide.value));
    if (!cursor.read_on()) {
      GOOD(cursor.refresh().ok());
      for (const auto &chunk : cursor.unread()) static_cast<void>(chunk);
    }
  }
}

static const struct {
  const char *name;
  void (*run)();
} paths[] = {
#define ROW(name) {#name, name}
    ROW(path_cpp_append_8), ROW(path_cpp_append_64), ROW(path_cpp_append_256), ROW(path_cpp_emplace_64),
    ROW(path_cpp_bytes_40), ROW(path_cpp_bytes_any), ROW(path_cpp_notify),     ROW(path_cpp_unchanged),
    ROW(path_cpp_refresh),  ROW(path_cpp_follow),
};

int main(int argc, char **argv) {
  const auto log = alog::bytes_log::create(alog::options(1 << 20, 1 << 16)).value();
  text = log.claim().value();
  for (int i = 0; i < 40000; i++) GOOD(text.append(data, 40));
  view = wide.log.snapshot().value();
  GOOD(view.refresh().ok());
  cursor = wide.log.cursor(alog::start::next).value();
  for (const auto &path : paths) {
    if (argc < 2) std::printf("%s %d\n", path.name, TIMES);
    if (argc > 1 && std::strcmp(argv[1], path.name) == 0) path.run();
  }
  text.reset();
  return 0;
}
