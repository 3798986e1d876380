// Holds up: what must not compile does not. Without REFUSED it compiles. With REFUSED=1, 2, ... one thing is wrong, and
// the message says what: the words after the number, which CMakeLists.txt reads from here.
#include <atomic_log.hpp>
#include <chrono>
#include <string>

#ifndef REFUSED
#define REFUSED 0
#endif

using namespace std::chrono_literals;

struct recorded {
  std::uint64_t time;
  double number;
  long double large;
  const char *text;
};
struct plain {
  std::uint64_t time;
};
struct derived : plain {
  double number;
};

int use(const alog::result<alog::log<int>> &log, alog::writer<int> &writer, alog::snapshot<int> &view,
        alog::cursor<int> &cursor, alog::bytes_chunk bytes);
int use(const alog::result<alog::log<int>> &log, alog::writer<int> &writer, alog::snapshot<int> &view,
        alog::cursor<int> &cursor, alog::bytes_chunk bytes) {
  int sum = bytes.empty() ? 1 : 0;
  if (!writer.append(1)) return 1;
  if (view.wait(1ms).ready()) sum++;
  for (auto &chunk : view.chunks()) sum += chunk[0];
  for (auto &chunk : log->snapshot().value().chunks()) sum += chunk[0];
  for (auto &record : log->snapshot().value().records({12, 20}).value()) sum += record;
  for (auto &chunk : log->cursor(alog::start::oldest).value().unread()) sum += chunk[0];
  if (const int *next = cursor.read_on()) sum += *next;
  if (log->claim().value().append(2) && cursor.next()) sum++;
  auto sink = [&sum](alog::byte_view piece) {
    sum += piece.empty() ? 1 : 0;
    return ALOG_OK;
  };
  alog::recorder recorder(sink);
  const alog::channel channel("/plain", "test/msg/Plain");
  if (recorder.add(alog::log<plain>(), channel, ALOG_FIELDS(plain, time)).ok()) sum++;

// Unique handles, and types that are no records.
#if REFUSED == 1  // deleted
  alog::writer<int> second = writer;
#elif REFUSED == 2   // deleted
  alog::snapshot<int> second = view;
#elif REFUSED == 3   // trivially copyable
  return alog::log<std::string>::create(alog::options(8, 4)).ok();
#elif REFUSED == 4   // plain object
  return alog::log<const int>::create(alog::options(8, 4)).ok();
#elif REFUSED == 5   // const
  for (int &record : view) record = 1;
#elif REFUSED == 6   // sizes of their own
  return bytes.data() != nullptr;
#elif REFUSED == 7   // deleted
  auto room = writer.reserve(1).value();
  room = writer.reserve(1).value();

// Results that must not be ignored.
#elif REFUSED == 10  // nodiscard|unused
  writer.append(1);
#elif REFUSED == 11  // nodiscard|unused
  log->snapshot();
#elif REFUSED == 12  // nodiscard|unused
  writer.reserve(1).value();
#elif REFUSED == 13  // nodiscard|unused
  writer.skip_to(9);

// No conversion to bool where it would not mean what a reader expects.
#elif REFUSED == 20  // deleted
  if (view.wait(1ms)) sum++;
#elif REFUSED == 21  // deleted
  while (cursor.wait()) sum++;
#elif REFUSED == 22  // deleted
  if (!cursor.wait_since(1ms, 0)) return 1;
#elif REFUSED == 23  // deleted
  if (view.refresh()) sum++;
#elif REFUSED == 24  // deleted
  return !cursor.refresh() || sum;
#elif REFUSED == 25  // convert|conversion
  return writer.append(1);
#elif REFUSED == 26  // convert|conversion
  bool is_there = view.wait(1ms);
  return is_there;

// Calls that would show records of a handle that is gone.
#elif REFUSED == 30  // deleted
  for (auto &record : *log->snapshot()->records({12, 20})) sum += record;
#elif REFUSED == 31  // deleted
  for (auto &chunk : log->snapshot()->chunks()) sum += chunk[0];
#elif REFUSED == 32  // deleted
  return *log->snapshot()->record(0);
#elif REFUSED == 33  // deleted
  return *log->snapshot().value().record(0);
#elif REFUSED == 34  // deleted
  return log->snapshot().value()[0];
#elif REFUSED == 35  // deleted
  return *(*log->snapshot()).begin();
#elif REFUSED == 36  // deleted
  for (auto &record : log->snapshot().value().chunk(0).value()) sum += record;
#elif REFUSED == 37  // deleted
  return *log->snapshot().value().records({12, 20}).value().begin();
#elif REFUSED == 38  // deleted
  return log->cursor(alog::start::oldest)->next()->data()[0];
#elif REFUSED == 47  // deleted
  return *log->cursor(alog::start::oldest).value().read_on();
#elif REFUSED == 48  // no matching
  return alog::bytes_cursor().read_on() != nullptr;
#elif REFUSED == 39  // deleted
  for (auto &chunk : log->cursor(alog::start::oldest)->unread()) sum += chunk[0];
#elif REFUSED == 40  // deleted
  auto room = log->claim().value().reserve(1);
#elif REFUSED == 41  // deleted
  auto group = log->claim()->group();
#elif REFUSED == 42  // deleted
  for (int &record : writer.reserve(1).value().room()) record = 1;
#elif REFUSED == 43  // deleted
  alog_snapshot *raw = log->snapshot().value().get();
#elif REFUSED == 44  // deleted
  auto options = alog::options(8, 4).allocator(alog_allocator{nullptr, nullptr, nullptr});
#elif REFUSED == 45  // bind
  alog::options &options = alog::options(8, 4).max_segments(16);
#elif REFUSED == 46  // deleted
  const char *why = alog::log<int>::create(alog::options()).message();

// What a recorder takes.
#elif REFUSED == 60  // deleted
  alog::recorder second = recorder;
#elif REFUSED == 61  // deleted
  alog::recorder second = std::move(recorder);
#elif REFUSED == 62  // deleted
  alog::recorder second([](alog::byte_view) { return ALOG_OK; });
#elif REFUSED == 63  // no matching
  auto wrong = [](alog::byte_view) { return true; };
  alog::recorder second(wrong);
#elif REFUSED == 64  // a field is an integer
  return recorder.add(alog::log<recorded>(), channel, ALOG_FIELDS(recorded, time, large)).ok();
#elif REFUSED == 65  // a field is an integer
  return recorder.add(alog::log<recorded>(), channel, ALOG_FIELDS(recorded, time, text)).ok();
#elif REFUSED == 66  // standard layout
  return recorder.add(alog::log<derived>(), channel, ALOG_FIELDS(derived, number)).ok();
#elif REFUSED == 67  // not a member|no member
  return recorder.add(alog::log<plain>(), channel, ALOG_FIELDS(plain, number)).ok();
#elif REFUSED == 68  // no matching
  return recorder.add(alog::log<int>(), channel, ALOG_FIELDS(plain, time)).ok();
#elif REFUSED == 69  // deleted
  using list = alog_field[1];
  alog::fields<plain> fields(list{{"time", ALOG_TYPE_U64, 0, 1}});
#elif REFUSED == 70  // nodiscard|unused
  recorder.write_fd(1);

// Functions that end a writer: the call must show it.
#elif REFUSED == 50  // deleted
  writer.finish();
#endif
  return sum + (log ? 1 : 0);
}
