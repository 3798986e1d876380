// Holds up: status, result, options, span and durations are what their comments say.
#include <array>
#include <chrono>
#include <limits>
#include <sstream>
#include <string_view>
#include <vector>

#include "check.hpp"

using namespace std::chrono_literals;

static_assert(sizeof(alog::status) == sizeof(alog_status), "a status travels as its number does");
static_assert(std::is_trivially_copyable_v<alog::status>);
static_assert(sizeof(alog::news) == sizeof(alog_status) && std::is_trivially_copyable_v<alog::news>);
static_assert(std::is_constructible_v<bool, alog::status> && !std::is_convertible_v<alog::status, bool>);
static_assert(!std::is_constructible_v<bool, alog::news> && std::is_convertible_v<alog::news, alog::status>);

static void statuses_are_successes_or_errors() {
  static_assert(alog::status(ALOG_OK).ok() && alog::status(ALOG_UNCHANGED).ok() && !alog::status(ALOG_ERR_NULL).ok());
  CHECK(alog::status(ALOG_OK) ? true : false);
  CHECK(!alog::status(ALOG_TIMEOUT) && !alog::status(ALOG_ERR_CLAIMED));  // true is ALOG_OK, and nothing else
  CHECK(alog::status(ALOG_END) == ALOG_END && alog::status(ALOG_END) != ALOG_OK);
  CHECK(std::string_view(alog::status(ALOG_ERR_CLAIMED).name()) == "ALOG_ERR_CLAIMED");
  CHECK(alog::status(ALOG_ERR_CLAIMED).message() == alog_status_message(ALOG_ERR_CLAIMED));
  CHECK(alog::status(ALOG_ERR_KIND).code() == ALOG_ERR_KIND);
}

static void news_are_ready_or_not() {
  static_assert(alog::news(ALOG_OK).ready() && alog::news(ALOG_OK).ok());
  for (const alog_status nothing : {ALOG_UNCHANGED, ALOG_TIMEOUT, ALOG_INTERRUPTED, ALOG_FINISHED}) {
    CHECK(!alog::news(nothing).ready() && alog::news(nothing).ok());
    const alog::status same = alog::news(nothing);
    CHECK(!same && same.ok() && same == nothing);  // what it turns into does not lie, either
  }
  const alog::news error = ALOG_ERR_NULL;
  CHECK(!error.ready() && !error.ok() && error == ALOG_ERR_NULL && error != ALOG_TIMEOUT);
  CHECK(std::string_view(error.name()) == "ALOG_ERR_NULL" && error.message() == alog_status_message(ALOG_ERR_NULL));
}

static void statuses_can_be_printed() {
  std::ostringstream out;
  out << alog::status(ALOG_ERR_CLAIMED) << '|' << alog::news(ALOG_FINISHED);
  const std::string expected = std::string("ALOG_ERR_CLAIMED: ") + alog_status_message(ALOG_ERR_CLAIMED) +
                               "|ALOG_FINISHED: " + alog_status_message(ALOG_FINISHED);
  CHECK(out.str() == expected);
  std::wostringstream wide;
  wide << alog::status(ALOG_OK);
  CHECK(wide.str().rfind(L"ALOG_OK: ", 0) == 0);
}

static void result_has_a_value_only_if_ok() {
  alog::result<int> good = 7;
  CHECK(good.ok() && good && *good == 7 && good.value() == 7 && good.status() == ALOG_OK);
  *good = 8;
  CHECK(std::move(good).value() == 8);
  const alog::result<int> bad = ALOG_ERR_NO_MEMORY;
  CHECK(!bad.ok() && !bad && bad.status() == ALOG_ERR_NO_MEMORY && *bad == 0);
  CHECK(bad.message() == alog_status_message(ALOG_ERR_NO_MEMORY));
  const alog::result<int> none = ALOG_END;  // a success without a value is none
  CHECK(!none && none.status() == ALOG_END && none.status().ok());
  const int number = 9;
  const alog::result<const int &> there = number;
  CHECK(there && &*there == &number && &there.value() == &number);
  const alog::result<const int &> nowhere = ALOG_ERR_OUT_OF_RANGE;
  CHECK(!nowhere && nowhere.status() == ALOG_ERR_OUT_OF_RANGE);
}

static void value_of_a_failure_is_empty_and_harmless() {
  auto log = alog::log<int>::create(alog::options());
  CHECK_STATUS(ALOG_ERR_ARGUMENT, log.status());
  CHECK(!*log && log->get() == nullptr);
  CHECK_STATUS(ALOG_ERR_NULL, log->claim().status());
  CHECK_STATUS(ALOG_ERR_NULL, log->snapshot().status());
  CHECK_STATUS(ALOG_ERR_NULL, log->cursor(alog::start::next).status());
  CHECK(log->interrupts() == 0 && !log->is_finished());
  CHECK_STATUS(ALOG_ERR_NULL, log->claim().value().append(1));
  CHECK_STATUS(ALOG_ERR_NULL, log->claim().value().emplace(1));
  CHECK_STATUS(ALOG_ERR_NULL, log->claim().value().finish());
  auto writer = log->claim();
  auto room = writer->reserve(1);
  CHECK_STATUS(ALOG_ERR_NULL, room.status());
  CHECK_STATUS(ALOG_ERR_STATE, room->commit());
  CHECK_STATUS(ALOG_ERR_STATE, room->cancel());
  CHECK(room->size() == 0 && room->begin() == room->end());
  auto group = writer->group();
  CHECK_STATUS(ALOG_ERR_NULL, group.status());
  CHECK_STATUS(ALOG_ERR_STATE, group->publish());
  CHECK_STATUS(ALOG_ERR_STATE, group->abandon());

  const auto view = log->snapshot();
  CHECK_STATUS(ALOG_ERR_NULL, view->record(0).status());
  CHECK_STATUS(ALOG_ERR_NULL, view->find(0).status());
  CHECK_STATUS(ALOG_ERR_NULL, view->records({0, 0}).status());
  CHECK_STATUS(ALOG_ERR_NULL, view->chunks_in({0, 1}).status());
  CHECK_STATUS(ALOG_ERR_NULL, view->wait_since(0s, 0));
  for (int record : *view) CHECK(record != record);
  for (int record : log->snapshot().value()) CHECK(record != record);
  for (const auto &chunk : view->chunks()) CHECK(chunk.size() == 77);
  for (const auto &chunk : log->snapshot().value().chunks()) CHECK(chunk.size() == 77);
  for (int record : log->snapshot().value().records({0, 0}).value()) CHECK(record != record);
  CHECK(view->begin() == view->end() && view->rbegin() == view->rend() && view->end() - view->begin() == 0);
  CHECK(view->chunks().empty() && view->chunks().size() == 0);
  CHECK(view->chunk(0)->begin() == view->chunk(0)->end());

  auto cursor = log->cursor(alog::start::next);
  CHECK_STATUS(ALOG_ERR_NULL, cursor->next().status());
  CHECK_STATUS(ALOG_ERR_NULL, cursor->wait_since(0));
  for (const auto &chunk : cursor->unread()) CHECK(chunk.size() == 77);
}

// Whether what was refused says this.
template <class Log>
static void check_problem(const alog::options &options, const char *expected) {
  const auto refused = Log::create(options);
  CHECK_STATUS(ALOG_ERR_ARGUMENT, refused.status());
  CHECK_TEXT(expected, refused.message());
#if defined(__cpp_exceptions)
  try {
    CHECK(!Log::create(options).or_throw());
  } catch (const alog::error &error) {
    CHECK(std::string_view(error.what()) == expected && error.status() == ALOG_ERR_ARGUMENT);
  }
#endif
}

struct triple {
  int numbers[3];
};

static void refused_options_say_which_is_wrong() {
  char text[160];
  const alog_options capacities = alog::options().get();
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_options_problem(&capacities, true, text, sizeof text));
  check_problem<alog::bytes_log>(alog::options(), text);
  check_problem<alog::bytes_log>(alog::options(64, 64).record_align(3), "record_align 3 is not a power of two");
  check_problem<alog::log<int>>(alog::options(8, 4).record_align(3),
                                "record_align 3 is not a divisor of the size of the record type, 4, and at least 4");
  check_problem<alog::log<triple>>(
      alog::options(8, 4).record_align(8),
      "record_align 8 is not a divisor of the size of the record type, 12, and at least 4");
  alog_options sized = alog::options(8, 4).get();
  sized.record_size = 16;
  check_problem<alog::log<triple>>(alog::options(sized), "record_size 16 is not the size of the record type, 12");
  const alog::result<alog::log<int>> good = alog::log<int>::create(alog::options(8, 4));
  CHECK(good.message() == alog_status_message(ALOG_OK));
  const alog_allocator half = {nullptr, nullptr, nullptr};
  const auto refused = alog::log<int>::create(alog::options(8, 4).allocator(half));
  CHECK(refused.status() == ALOG_ERR_NULL && std::string_view(refused.message()).find("allocator") == 0);
}

#if defined(__cpp_exceptions)
static void or_throw_throws_the_status() {
  auto log = alog::log<int>::create(alog::options(8, 4)).or_throw();
  auto writer = log.claim().or_throw();
  writer.append(3).or_throw();
  auto view = log.snapshot().or_throw();
  CHECK_STATUS(ALOG_UNCHANGED, view.refresh().or_throw());
  CHECK(view.record(0).or_throw() == 3);
  try {
    auto second = log.claim().or_throw();
    CHECK(!second);
  } catch (const alog::error &error) {
    CHECK_STATUS(ALOG_ERR_CLAIMED, error.status());
    CHECK(std::string_view(error.what()) == alog_status_message(ALOG_ERR_CLAIMED));
  }
  int thrown = 0;
  try {
    alog::writer<int>().append(1).or_throw();
  } catch (const std::exception &) {
    thrown++;
  }
  try {
    view.record(1).or_throw();
  } catch (const alog::error &error) {
    thrown += error.status() == ALOG_ERR_OUT_OF_RANGE;
  }
  try {
    auto cursor = log.cursor(alog::start::next).or_throw();
    auto end = cursor.next();
    end.or_throw();
  } catch (const alog::error &error) {
    thrown += error.status() == ALOG_END;
  }
  CHECK(thrown == 3);
}
#endif

static void options_say_what_they_were_told() {
  const alog_allocator allocator = {nullptr, nullptr, nullptr};
  const alog_options raw = alog::options(1, 2)
                               .retained_capacity(3)
                               .segment_capacity(4)
                               .record_align(8)
                               .segment_records(9)
                               .preallocated_segments(10)
                               .max_segments(11)
                               .allocator(allocator)
                               .prefault()
                               .auto_notify()
                               .get();
  CHECK(raw.struct_size == sizeof(alog_options) && raw.record_size == 0);
  CHECK(raw.retained_capacity == 3 && raw.segment_capacity == 4 && raw.record_align == 8 && raw.segment_records == 9);
  CHECK(raw.preallocated_segments == 10 && raw.max_segments == 11 && raw.allocator == &allocator);
  CHECK(raw.flags == (ALOG_FLAG_PREFAULT | ALOG_FLAG_AUTO_NOTIFY));
  alog::options named(1, 2);
  named.max_segments(5).prefault();  // one that has a name is changed, and not copied
  CHECK(named.get().max_segments == 5 && named.get().flags == ALOG_FLAG_PREFAULT);
  CHECK(alog::options(raw).prefault(false).get().flags == ALOG_FLAG_AUTO_NOTIFY);
  static_assert(alog::options(5, 6).get().retained_capacity == 5 && alog::options(5, 6).get().segment_capacity == 6);
}

static void span_is_made_of_what_lies_in_a_row() {
  int array[3] = {1, 2, 3};
  std::vector<int> vector = {4, 5};
  const std::array<int, 1> one = {6};
  const alog::span<int> writable = array;
  writable[0] = 7;
  CHECK(array[0] == 7 && writable.size() == 3 && writable.size_bytes() == 12 && writable.back() == 3);
  CHECK(writable.data() == array && writable.front() == 7);
  alog::span<const int> readable = vector;
  CHECK(readable.data() == vector.data() && readable.size() == 2);
  readable = one;
  CHECK(*readable.begin() == 6 && readable.end() - readable.begin() == 1);
  readable = writable;
  CHECK(readable.first(1).size() == 1 && readable.last(1)[0] == 3 && readable.subspan(1)[0] == 2);
  CHECK(alog::span<int>().empty() && !readable.empty());
}

static void durations_become_nanoseconds() {
  using alog::detail::nanoseconds;
  static_assert(nanoseconds(0ns) == 0 && nanoseconds(1ns) == 1 && nanoseconds(2s) == 2000000000);
  static_assert(nanoseconds(-1h) == 0 && nanoseconds(std::chrono::seconds::min()) == 0);
  static_assert(nanoseconds(1.5ms) == 1500000 && nanoseconds(0.25ns) == 1, "rounded up, so that it does not poll");
  static_assert(nanoseconds(std::chrono::duration<int, std::pico>(1001)) == 2);
  static_assert(nanoseconds(std::chrono::hours::max()) == ALOG_WAIT_FOREVER);
  static_assert(nanoseconds(std::chrono::nanoseconds::max()) == ALOG_WAIT_FOREVER);
  static_assert(nanoseconds(std::chrono::duration<short, std::milli>(32767)) == 32767000000);
  static_assert(nanoseconds(9000000000s) == 9000000000000000000);
  CHECK(nanoseconds(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())) == 0);
  CHECK(nanoseconds(std::chrono::duration<double>(std::numeric_limits<double>::infinity())) == ALOG_WAIT_FOREVER);
}

static void versions_are_the_librarys() {
  CHECK_U64(ALOG_VERSION, alog::version());
  CHECK(std::string_view(alog::version_string()) == ALOG_VERSION_STRING);
}

void results() {
  RUN(statuses_are_successes_or_errors);
  RUN(news_are_ready_or_not);
  RUN(statuses_can_be_printed);
  RUN(result_has_a_value_only_if_ok);
  RUN(value_of_a_failure_is_empty_and_harmless);
  RUN(refused_options_say_which_is_wrong);
#if defined(__cpp_exceptions)
  RUN(or_throw_throws_the_status);
#endif
  RUN(options_say_what_they_were_told);
  RUN(span_is_made_of_what_lies_in_a_row);
  RUN(durations_become_nanoseconds);
  RUN(versions_are_the_librarys);
}
