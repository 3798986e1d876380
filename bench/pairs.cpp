// scripts/cpp-overhead.sh counts the instructions of these pairs. Each path is there twice, compiled alike: once
// through the C functions (c_...), inline where atomic_log_inline.h has them, and once through atomic_log.hpp
// (cpp_...). Each does its operation a number of times, on a log that is warm. `pairs NAME` runs one; `pairs` lists the
// pairs and how many times.
#include <atomic_log.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int TIMES = 4096, SEGMENT = 1024, BATCH = 256;

struct record {
  std::uint64_t words[8];
};

alog::log<record> the_log;
alog::writer<record> the_writer;
alog::snapshot<record> the_view;
alog::cursor<record> the_cursor;
alog::bytes_log bytes_log;
alog::bytes_writer bytes_writer;
alog::bytes_snapshot bytes_view;
alog_log *c_log;
alog_writer *c_writer, *c_bytes_writer;
alog_hot *c_hot, *c_bytes_hot;
const alog_glance *c_glance;
alog_follower *c_follower;
alog_snapshot *c_view, *c_bytes_view;
alog_cursor *c_cursor;
record data[BATCH];
volatile std::uint64_t sink;

[[noreturn]] void fail(const char *what) {
  std::fprintf(stderr, "pairs: %s failed\n", what);
  std::exit(1);
}

}  // namespace

// Not inlined, and known by name to the counter.
#define PATH(name)        \
  extern "C" void name(); \
  __attribute__((noinline)) void name()
#define EACH for (int i = 0; i < TIMES; i++)
#define OK(call) \
  if ((call) < ALOG_OK) fail(#call)
#define GOOD(call) \
  if (!(call)) fail(#call)

PATH(c_append) { EACH OK(alog_append_inline(c_writer, c_hot, data, sizeof(record))); }
PATH(cpp_append) { EACH GOOD(the_writer.append(data[0])); }

PATH(c_append_bytes) { EACH OK(alog_append_bytes_inline(c_bytes_writer, c_bytes_hot, data, 40)); }
PATH(cpp_append_bytes) { EACH GOOD(bytes_writer.append(data, 40)); }

PATH(c_append_batch) {
  for (int i = 0; i < TIMES / BATCH; i++) OK(alog_writer_append_batch(c_writer, data, BATCH));
}
PATH(cpp_append_batch) {
  for (int i = 0; i < TIMES / BATCH; i++) GOOD(the_writer.append_batch(data));
}

PATH(c_group) {
  for (int i = 0; i < TIMES / 4; i++) {
    OK(alog_writer_begin(c_writer));
    for (int j = 0; j < 4; j++) OK(alog_append_inline(c_writer, c_hot, data, sizeof(record)));
    OK(alog_writer_publish(c_writer));
  }
}
PATH(cpp_group) {
  for (int i = 0; i < TIMES / 4; i++) {
    auto group = the_writer.group();
    GOOD(group);
    for (int j = 0; j < 4; j++) GOOD(the_writer.append(data[0]));
    GOOD(group->publish());
  }
}

PATH(c_reserve_commit) {
  EACH {
    alog_reservation room;
    OK(alog_writer_reserve(c_writer, 1, &room));
    *static_cast<record *>(room.data) = data[0];
    OK(alog_writer_commit(c_writer, 1));
  }
}
PATH(cpp_reserve_commit) {
  EACH {
    auto room = the_writer.reserve(1);
    GOOD(room);
    (*room)[0] = data[0];
    GOOD(room->commit(1));
  }
}
// In C, a record that is made in place inline is made in a variable, and then appended.
PATH(c_emplace) { c_append(); }
PATH(cpp_emplace) { EACH GOOD(the_writer.emplace(data[0])); }

PATH(c_refresh) { EACH OK(alog_refresh_inline(c_view, c_glance)); }
PATH(cpp_refresh) { EACH GOOD(the_view.refresh().ok()); }

PATH(c_notify) { EACH OK(alog_notify_inline(c_writer, c_hot)); }
PATH(cpp_notify) { EACH GOOD(the_writer.notify()); }

PATH(c_append_refresh_inline) {
  EACH {
    OK(alog_append_inline(c_writer, c_hot, data, sizeof(record)));
    OK(alog_refresh_inline(c_view, c_glance));
  }
}
PATH(cpp_append_refresh_inline) {
  EACH {
    GOOD(the_writer.append(data[0]));
    GOOD(the_view.refresh().ok());
  }
}
PATH(c_append_refresh) {
  EACH {
    alog_delta delta;
    OK(alog_append_inline(c_writer, c_hot, data, sizeof(record)));
    OK(alog_snapshot_refresh(c_view, &delta));
    sink = delta.appended;
  }
}
PATH(cpp_append_refresh) {
  EACH {
    alog::delta delta;
    GOOD(the_writer.append(data[0]));
    GOOD(the_view.refresh(delta).ok());
    sink = delta.appended;
  }
}

PATH(c_snapshot) {
  EACH {
    alog_snapshot *other;
    OK(alog_snapshot_create(c_log, &other));
    alog_snapshot_destroy(other);
  }
}
PATH(cpp_snapshot) { EACH GOOD(the_log.snapshot()); }

PATH(c_chunk) {
  EACH {
    alog_chunk chunk;
    OK(alog_snapshot_chunk(c_view, static_cast<std::size_t>(i) % 16, &chunk));
    sink = chunk.count;
  }
}
PATH(cpp_chunk) {
  EACH {
    const auto chunk = the_view.chunk(static_cast<std::size_t>(i) % 16);
    GOOD(chunk);
    sink = chunk->size();
  }
}

PATH(c_record) {
  alog_range range;
  OK(alog_snapshot_range(c_view, &range));
  EACH {
    alog_slice slice;
    OK(alog_snapshot_record(c_view, range.begin + static_cast<std::uint64_t>(i), &slice));
    sink = static_cast<const record *>(slice.data)->words[0];
  }
}
PATH(cpp_record) {
  const auto range = the_view.range();
  GOOD(range);
  EACH {
    const auto seen = the_view.record(range->begin + static_cast<std::uint64_t>(i));
    GOOD(seen);
    sink = seen->words[0];
  }
}

PATH(c_index) {
  EACH {
    alog_range range;
    alog_slice slice;
    OK(alog_snapshot_range(c_view, &range));
    OK(alog_snapshot_record(c_view, range.begin + static_cast<std::uint64_t>(i), &slice));
    sink = static_cast<const record *>(slice.data)->words[0];
  }
}
PATH(cpp_index) { EACH sink = the_view[static_cast<std::uint64_t>(i)].words[0]; }

PATH(c_find) {
  alog_range range;
  OK(alog_snapshot_range(c_view, &range));
  EACH {
    std::size_t chunk, place;
    OK(alog_snapshot_find(c_view, range.begin + static_cast<std::uint64_t>(i), &chunk, &place));
    sink = chunk + place;
  }
}
PATH(cpp_find) {
  const auto range = the_view.range();
  GOOD(range);
  EACH {
    const auto found = the_view.find(range->begin + static_cast<std::uint64_t>(i));
    GOOD(found);
    sink = found->chunk + found->record;
  }
}

// The newest publication. Here it has one chunk, as most have.
PATH(c_latest) {
  EACH {
    alog_range latest;
    alog_chunk chunk;
    std::size_t written = 0;
    OK(alog_snapshot_latest(c_view, &latest));
    for (; latest.begin < latest.end; latest.begin += chunk.count) {
      OK(alog_snapshot_chunks_in(c_view, latest, 1, &chunk, &written));
      sink = chunk.count;
    }
  }
}
PATH(cpp_latest) {
  EACH {
    const auto latest = the_view.latest();
    GOOD(latest);
    const auto chunks = the_view.chunks_in(*latest);
    GOOD(chunks);
    for (auto chunk : *chunks) sink = chunk.size();
  }
}

// Every record in view. A range-for is a loop over pointers, so these are too.
PATH(c_iterate) {
  std::uint64_t sum = 0;
  alog_chunk chunk;
  for (std::size_t i = 0; alog_snapshot_chunk(c_view, i, &chunk) == ALOG_OK; i++) {
    const record *end = static_cast<const record *>(chunk.data) + chunk.count;
    for (const record *at = static_cast<const record *>(chunk.data); at != end; at++) sum += at->words[0];
  }
  sink = sum;
}
PATH(cpp_iterate) {
  std::uint64_t sum = 0;
  for (const auto &chunk : the_view.chunks()) {
    for (const record &record : chunk) sum += record.words[0];
  }
  sink = sum;
}
PATH(c_iterate_index) {
  std::uint64_t sum = 0;
  alog_chunk chunk;
  for (std::size_t i = 0; alog_snapshot_chunk(c_view, i, &chunk) == ALOG_OK; i++) {
    const record *records = static_cast<const record *>(chunk.data);
    for (std::size_t j = 0; j < chunk.count; j++) sum += records[j].words[0];
  }
  sink = sum;
}
PATH(cpp_iterate_index) {
  std::uint64_t sum = 0;
  for (const auto &chunk : the_view.chunks()) {
    for (std::size_t j = 0; j < chunk.size(); j++) sum += chunk[j].words[0];
  }
  sink = sum;
}
PATH(c_iterate_flat) { c_iterate(); }
PATH(cpp_iterate_flat) {
  std::uint64_t sum = 0;
  for (const record &record : the_view) sum += record.words[0];
  sink = sum;
}

PATH(c_newest) {
  std::uint64_t sum = 0;
  alog_chunk chunk;
  for (std::size_t i = alog_snapshot_chunk_count(c_view); i-- > 0;) {
    OK(alog_snapshot_chunk(c_view, i, &chunk));
    const record *begin = static_cast<const record *>(chunk.data);
    for (const record *at = begin + chunk.count; at != begin;) sum += (--at)->words[0];
  }
  sink = sum;
}
PATH(cpp_newest) {
  std::uint64_t sum = 0;
  const auto chunks = the_view.chunks();
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
    const auto records = *chunk;
    for (auto at = records.rbegin(); at != records.rend(); ++at) sum += at->words[0];
  }
  sink = sum;
}

PATH(c_iterate_bytes) {
  std::uint64_t sum = 0;
  alog_chunk chunk;
  for (std::size_t i = 0; alog_snapshot_chunk(c_bytes_view, i, &chunk) == ALOG_OK; i++) {
    const unsigned char *data = static_cast<const unsigned char *>(chunk.data);
    const alog_span *end = chunk.spans + chunk.count;
    for (const alog_span *at = chunk.spans; at != end; at++) {
      sum += static_cast<std::uint64_t>(data[at->offset]) + static_cast<std::size_t>(at->size);
    }
  }
  sink = sum;
}
PATH(cpp_iterate_bytes) {
  std::uint64_t sum = 0;
  for (const auto &chunk : bytes_view.chunks()) {
    for (const alog::byte_view record : chunk) sum += static_cast<std::uint64_t>(record[0]) + record.size();
  }
  sink = sum;
}

PATH(c_follow) {
  EACH {
    alog_chunk chunk;
    OK(alog_append_inline(c_writer, c_hot, data, sizeof(record)));
    OK(alog_cursor_refresh(c_cursor, nullptr));
    while (alog_cursor_next(c_cursor, &chunk) == ALOG_OK) sink = chunk.count;
  }
}
PATH(cpp_follow) {
  EACH {
    GOOD(the_writer.append(data[0]));
    GOOD(the_cursor.refresh().ok());
    for (const auto &chunk : the_cursor.unread()) sink = chunk.size();
  }
}

// The same, record by record.
PATH(c_read_on) {
  EACH {
    alog_chunk chunk;
    OK(alog_append_inline(c_writer, c_hot, data, sizeof(record)));
    if (const void *seen = alog_next_inline(c_follower)) {
      sink = static_cast<const record *>(seen)->words[0];
    } else {
      OK(alog_cursor_refresh(c_cursor, nullptr));
      while (alog_cursor_next(c_cursor, &chunk) == ALOG_OK) sink = chunk.count;
    }
  }
}
PATH(cpp_read_on) {
  EACH {
    GOOD(the_writer.append(data[0]));
    if (const record *seen = the_cursor.read_on()) {
      sink = seen->words[0];
    } else {
      GOOD(the_cursor.refresh().ok());
      for (const auto &chunk : the_cursor.unread()) sink = chunk.size();
    }
  }
}

static const struct {
  const char *name;
  void (*c)();
  void (*cpp)();
} pairs[] = {
#define ROW(name) {#name, c_##name, cpp_##name}
    ROW(append),  ROW(append_bytes), ROW(append_batch),  ROW(group),          ROW(reserve_commit),
    ROW(emplace), ROW(notify),       ROW(refresh),       ROW(append_refresh), ROW(append_refresh_inline),
    ROW(read_on), ROW(snapshot),     ROW(chunk),         ROW(record),         ROW(follow),
    ROW(index),   ROW(find),         ROW(latest),        ROW(iterate),        ROW(iterate_index),
    ROW(newest),  ROW(iterate_flat), ROW(iterate_bytes),
};

// How many times a path does its operation.
static std::uint64_t times(const char *name) {
  if (std::strcmp(name, "iterate_bytes") == 0) return bytes_view.size();
  if (std::strncmp(name, "iterate", 7) == 0 || std::strncmp(name, "newest", 6) == 0) return the_view.size();
  return TIMES;
}

int main(int argc, char **argv) {
  the_log = alog::log<record>::create(alog::options(16 * SEGMENT, SEGMENT)).value();
  the_writer = the_log.claim().value();
  bytes_log = alog::bytes_log::create(alog::options(1 << 20, 1 << 16)).value();
  bytes_writer = bytes_log.claim().value();
  for (int i = 0; i < 20 * SEGMENT; i++) GOOD(the_writer.append(data[0]));
  for (int i = 0; i < 40000; i++) GOOD(bytes_writer.append(data, 40));
  the_view = the_log.snapshot().value();
  bytes_view = bytes_log.snapshot().value();
  the_cursor = the_log.cursor(alog::start::next).value();
  c_log = the_log.get();
  c_writer = the_writer.get();
  c_bytes_writer = bytes_writer.get();
  c_view = the_view.get();
  c_bytes_view = bytes_view.get();
  c_cursor = the_cursor.get();
  c_hot = alog_writer_hot(c_writer);
  c_bytes_hot = alog_writer_hot(c_bytes_writer);
  c_glance = alog_snapshot_glance(c_view);
  c_follower = alog_cursor_follower(c_cursor);

  bool known = argc < 2;
  for (const auto &pair : pairs) {
    if (argc < 2) std::printf("%s %llu\n", pair.name, static_cast<unsigned long long>(times(pair.name)));
    if (argc > 1 && std::strncmp(argv[1], "c_", 2) == 0 && std::strcmp(argv[1] + 2, pair.name) == 0) {
      pair.c();
      known = true;
    }
    if (argc > 1 && std::strncmp(argv[1], "cpp_", 4) == 0 && std::strcmp(argv[1] + 4, pair.name) == 0) {
      pair.cpp();
      known = true;
    }
  }
  if (!known) fail(argv[1]);
  return 0;
}
