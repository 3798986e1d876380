// Holds up: every use of the header is clean under warnings that are stricter than a test's own need be. All of it is
// instantiated here. CMakeLists.txt has the flags.
#include <array>
#include <atomic_log.hpp>
#include <chrono>
#include <cstddef>
#include <ostream>

struct record {
  std::uint64_t words[2];
};
struct alignas(128) wide {
  std::uint64_t words[16];
};

#define INSTANTIATE(T)                                                        \
  template class alog::log<T>;                                                \
  template class alog::writer<T>;                                             \
  template class alog::snapshot<T>;                                           \
  template class alog::cursor<T>;                                             \
  template class alog::chunk_iterator<T>;                                     \
  template class alog::cut_iterator<T>;                                       \
  template class alog::detail::stretch<alog::cut_iterator<T>>;                \
  template class alog::owning_range<alog::snapshot<T>, alog::cut_range<T>>;   \
  template class alog::record_iterator<T>;                                    \
  template class alog::detail::stretch<alog::chunk_iterator<T>>;              \
  template class alog::detail::stretch<alog::record_iterator<T>>;             \
  template class alog::unread_range<T>;                                       \
  template class alog::owning_range<alog::snapshot<T>, alog::chunk_range<T>>; \
  template class alog::owning_range<alog::cursor<T>, alog::unread_range<T>>;  \
  template class alog::reservation<T>;                                        \
  template class alog::result<alog::log<T>>;                                  \
  template class alog::result<alog::chunk<T>>

INSTANTIATE(record);
INSTANTIATE(wide);
template class alog::chunk<record>;
template class alog::result<const record &>;
template class alog::result<alog::segment>;
template class alog::result<alog::range>;
template class alog::log<alog::bytes>;
template class alog::snapshot<alog::bytes>;
template class alog::cursor<alog::bytes>;
template class alog::record_iterator<alog::bytes>;
template class alog::chunk_iterator<alog::bytes>;
template class alog::cut_iterator<alog::bytes>;
template class alog::unread_range<alog::bytes>;
template class alog::reservation<alog::bytes>;
template class alog::result<alog::byte_view>;
template class alog::result<alog::recording>;
template class alog::result<alog::registration>;
template class alog::fields<record>;

struct members {
  std::uint64_t words[2];
  std::array<float, 2> numbers;
  double number;
  char letters[3];
  bool flag;
  std::byte byte;
  short little;
};

// Uses of the class templates, and of the classes that are none.
std::uint64_t use(alog::writer<record> &writer, alog::snapshot<record> &view, alog::cursor<wide> &cursor,
                  alog::bytes_writer &bytes, std::ostream &out);
std::uint64_t use(alog::writer<record> &writer, alog::snapshot<record> &view, alog::cursor<wide> &cursor,
                  alog::bytes_writer &bytes, std::ostream &out) {
  using namespace std::chrono_literals;
  const record some[2] = {{{1, 2}}, {{3, 4}}};
  const std::uint32_t sizes[2] = {1, 2};
  const alog_allocator allocator = {nullptr, nullptr, nullptr};
  const auto options =
      alog::options(1, 2).allocator(allocator).prefault().auto_notify().max_segments(3).record_align(8);
  if (const wide *next = cursor.read_on()) out << next->words[0];
  out << writer.append(some[0]) << writer.notify() << bytes.append("text", 3) << view.refresh();
  out << writer.emplace(some[0]) << writer.emplace(record{{1, 2}}) << writer.append_batch(some) << bytes.append("text")
      << bytes.append_packed("abc", sizes);
  out << view.wait(1ms) << view.wait_since(1.5s, 2) << cursor.wait(1us) << cursor.wait_since(1h, 2);
  std::uint64_t sum = options.get().max_segments;
  if (auto group = writer.group()) {
    auto moved = std::move(group).value();
    if (!moved.publish()) return 0;
  }
  for (auto chunk : view.chunks()) {
    for (const record &each : chunk) sum += each.words[0];
  }
  for (auto chunk : cursor.unread()) sum += chunk.size() + alog::text(alog::byte_view()).size();
  auto sink = [&sum](alog::byte_view piece) {
    sum += piece.size();
    return sum == 0 ? ALOG_ERR_IO : ALOG_OK;
  };
  alog::recorder recorder(sink), other;
  const auto channel = alog::channel("/a", "b/C").time_offset(offsetof(members, words)).max_records(1).max_age(2);
  const auto added = recorder.add(alog::log<members>(), channel,
                                  ALOG_FIELDS(members, words, numbers, number, letters, flag, byte, little));
  const auto encoded = alog::channel::encoded("/a", "json").schema("a", "b", "c");
  if (other.add(alog::bytes_log(), encoded).ok() || added.ok()) out << added.message();
  if (const auto written = recorder.write()) sum += written->records;
  if (const auto written = other.write_fd(1)) sum += written->bytes;
  return sum + alog::version();
}
