// Holds up: a recorder writes what logs hold as a file of MCAP, which is read back here. Faults are reported in words.
#include <array>
#include <cerrno>
#include <cstddef>
#include <new>
#include <string>

#include "check.hpp"
#include "mcap.hpp"

enum class mode : std::uint16_t { calm, storm };

// Each type. The 3 bytes after `kind` and the 7 after `last` are padding.
struct everything {
  std::uint64_t time;
  std::uint32_t id;
  unsigned char kind;
  std::array<double, 3> position;
  char name[8];
  std::int16_t grid[2][3];
  float speed;
  bool on;
  signed char small;
  mode weather;
  std::int32_t debt;
  std::byte raw[4];
  std::int64_t offset;
  const char last;
};

static const char everything_schema[] =
    "uint64 time\nuint32 id\nuint8 kind\nfloat64[3] position\nchar[8] name\nint16[6] grid\nfloat32 speed\nbool on\n"
    "int8 small\nuint16 weather\nint32 debt\nuint8[4] raw\nint64 offset\nchar last\n";

static everything everything_of(std::uint64_t i) {
  const auto number = static_cast<std::int16_t>(i);
  return {1000 + 10 * i,
          7,
          static_cast<unsigned char>(i),
          {{0.5, 1.5, static_cast<double>(i)}},
          "abcdefg",
          {{1, 2, 3}, {4, 5, number}},
          0.25F,
          i % 2 == 1,
          -3,
          mode::storm,
          -100000,
          {},
          INT64_MIN,
          'z'};
}

// A sink that keeps the file.
struct memory {
  std::string file;
  alog_status answer = ALOG_OK;

  alog::status operator()(alog::byte_view piece) noexcept {
    CHECK(!piece.empty());
    if (answer == ALOG_OK) file += alog::text(piece);
    return answer;
  }
};

static alog::log<everything> log_of_everything(std::uint64_t count) {
  auto log = MUST(alog::log<everything>::create(alog::options(8, 4)));
  auto writer = MUST(log.claim());
  for (std::uint64_t i = 0; i < count; i++) CHECK_OK(writer.append(everything_of(i)));
  return log;
}

static const alog::channel everything_channel =
    alog::channel("/everything", "test/msg/Everything").time_offset(offsetof(everything, time));

static alog::fields<everything> fields_of_everything() {
  return ALOG_FIELDS(everything, time, id, kind, position, name, grid, speed, on, small, weather, debt, raw, offset,
                     last);
}

// Checks that a message is this record: its members one by one, and zeros between them.
static void check_everything(const mcap::message &message, std::uint64_t i) {
  const everything expected = everything_of(i);
  CHECK_U64(i, message.sequence);
  CHECK(message.log_time == expected.time && message.publish_time == expected.time);
  CHECK_U64(4 + offsetof(everything, last) + 1, message.data.size());
  CHECK(message.data.substr(0, 4) == std::string("\0\1\0\0", 4) || message.data.substr(0, 4) == std::string(4, '\0'));
  std::string bytes(offsetof(everything, last) + 1, '\0');
#define COPY(member) std::memcpy(&bytes[offsetof(everything, member)], &expected.member, sizeof expected.member)
  COPY(time), COPY(id), COPY(kind), COPY(position), COPY(name), COPY(grid), COPY(speed), COPY(on), COPY(small);
  COPY(weather), COPY(debt), COPY(raw), COPY(offset), COPY(last);
  CHECK(message.data.substr(4) == bytes);
}

static void members_of_every_type_are_read_back() {
  memory sink;
  alog::recorder recorder(sink);
  {
    const auto log = log_of_everything(21);
    const auto added = recorder.add(log, everything_channel, fields_of_everything());
    CHECK(added && added->index == 0);
  }  // the recorder keeps the log
  const auto recording = MUST(recorder.write());
  CHECK_U64(sink.file.size(), recording.bytes);
  CHECK(recording.ranges[0].begin == 12 && recording.ranges[0].end == 21);
  CHECK(recording.records == 9 && recording.older == 12 && recording.left_out == 0);
  const mcap::file file(sink.file);
  CHECK(file.profile == "ros2" && file.channels.size() == 1 && file.schemas.size() == 1);
  CHECK(file.channels.at(1).topic == "/everything" && file.channels.at(1).message_encoding == "cdr");
  CHECK(file.channels.at(1).schema == 1 && file.schemas.at(1).name == "test/msg/Everything");
  CHECK(file.schemas.at(1).encoding == "ros2msg");
  CHECK_TEXT(everything_schema, file.schemas.at(1).text.c_str());
  CHECK_U64(9, file.messages.size());
  for (std::size_t i = 0; i < 9; i++) check_everything(file.messages[i], 12 + i);
}

static void several_logs_are_in_one_file() {
  memory sink;
  alog::recorder recorder(sink);
  const auto log = log_of_everything(5);
  CHECK_U64(0, MUST(recorder.add(log, everything_channel.max_records(2), fields_of_everything())).index);
  const auto lines = MUST(alog::bytes_log::create(alog::options(4096, 1024)));
  CHECK_U64(1, MUST(recorder.add(lines, alog::channel::encoded("/lines", "json"))).index);
  const auto described = alog::channel::encoded("/same", "json").schema("Line", "jsonschema", "{\"type\": \"object\"}");
  CHECK_U64(2, MUST(recorder.add(lines, described)).index);
  // A log of T may be encoded in a way of its own, too.
  CHECK_U64(3, MUST(recorder.add(log, alog::channel::encoded("/raw", "everything"))).index);
  const auto aged = everything_channel.max_age(10);
  CHECK_U64(4, MUST(recorder.add(log, aged, fields_of_everything())).index);
  // Without a record, and so without a chunk.
  const auto nothing = MUST(alog::bytes_log::create(alog::options(4096, 1024)));
  CHECK_U64(5, MUST(recorder.add(nothing, alog::channel::encoded("/nothing", "json"))).index);
  auto writer = MUST(lines.claim());
  CHECK_OK(writer.append("{}"));
  CHECK_OK(writer.append("{\"a\": 1}"));

  const auto recording = MUST(recorder.write());
  CHECK(recording.records == 2 + 2 + 2 + 5 + 2 && recording.left_out == 3 + 3);
  CHECK(recording.ranges[0].begin == 3 && recording.ranges[0].end == 5 && recording.ranges[2].end == 2);
  const mcap::file file(sink.file);
  CHECK(file.profile.empty() && file.channels.at(6).topic == "/nothing");
  CHECK(file.channels.at(2).schema == 0 && file.channels.at(2).message_encoding == "json");
  CHECK(file.schemas.at(3).name == "Line" && file.schemas.at(3).encoding == "jsonschema");
  CHECK(file.schemas.at(3).text == "{\"type\": \"object\"}");
  CHECK_U64(13, file.messages.size());
  for (const std::size_t first : {std::size_t(0), std::size_t(11)}) {
    check_everything(file.messages[first], 3);
    check_everything(file.messages[first + 1], 4);
  }
  for (std::size_t i = 2; i < 6; i++) {
    CHECK_U64(i < 4 ? 2 : 3, file.messages[i].channel);
    CHECK_U64(i % 2, file.messages[i].log_time);
    CHECK(file.messages[i].data == (i % 2 == 0 ? "{}" : "{\"a\": 1}"));
  }
  for (std::size_t i = 0; i < 5; i++) CHECK_U64(sizeof(everything), file.messages[6 + i].data.size());
}

static void a_file_descriptor_gets_the_same() {
  memory sink;
  alog::recorder recorder(sink), other;
  const auto log = log_of_everything(5);
  for (alog::recorder *each : {&recorder, &other}) {
    CHECK(each->add(log, everything_channel, fields_of_everything()).ok());
  }
  CHECK_OK(recorder.write().status());
  for (const alog::recorder *each : {&recorder, &other}) {
    std::FILE *file = std::tmpfile();
    CHECK(file != nullptr);
    const std::uint64_t allocations = news();
    const auto recording = MUST(each->write_fd(fileno(file)));
    CHECK_U64(allocations, news());
    std::string bytes(sink.file.size() + 1, '\0');
    CHECK_U64(sink.file.size(), recording.bytes);
    std::rewind(file);
    bytes.resize(std::fread(&bytes[0], 1, bytes.size(), file));
    CHECK(bytes == sink.file);
    std::fclose(file);
  }
}

static void what_cannot_be_written_is_told() {
  memory sink;
  alog::recorder recorder(sink);
  const auto log = log_of_everything(5);
  CHECK(recorder.add(log, everything_channel, fields_of_everything()).ok());
  sink.answer = ALOG_ERR_NO_MEMORY;
  CHECK_STATUS(ALOG_ERR_NO_MEMORY, recorder.write().status());
  sink.answer = ALOG_END;  // no error, and yet not written
  CHECK_STATUS(ALOG_ERR_IO, recorder.write().status());
  errno = 0;
  const auto nowhere = recorder.write_fd(-1);
  CHECK(errno == EBADF);
  CHECK_STATUS(ALOG_ERR_IO, nowhere.status());
  CHECK_STATUS(ALOG_ERR_STATE, alog::recorder().write().status());  // it has no sink
  sink.answer = ALOG_OK;
  CHECK_OK(recorder.write().status());
  CHECK_U64(5, mcap::file(sink.file).messages.size());
}

static void check_refused(alog_status status, const char *words, const alog::result<alog::registration> &added) {
  CHECK_STATUS(status, added.status());
  CHECK_TEXT(words, added.message());
}

static void wrong_channels_are_told_in_words() {
  const auto log = log_of_everything(1);
  memory sink;
  alog::recorder recorder(sink);
  check_refused(
      ALOG_ERR_ARGUMENT,
      "field id: offset 8 leaves bytes before the field that belong to no other; list a field for them, which "
      "begins at or before 0",
      recorder.add(log, everything_channel, ALOG_FIELDS(everything, id)));
  check_refused(ALOG_ERR_NULL, "the log is NULL",
                recorder.add(alog::log<everything>(), everything_channel, fields_of_everything()));
  static const alog_field renamed[] = {{"Time", ALOG_TYPE_U64, 0, 1}};
  const auto unnamed = recorder.add(log, everything_channel, alog::fields<everything>(renamed));
  CHECK(!unnamed && std::strstr(unnamed.message(), "field Time: the name is none") == unnamed.message());
  check_refused(ALOG_ERR_ARGUMENT, "topic is empty: it is what the channel is called, such as /ticks",
                recorder.add(log, alog::channel::encoded("", "json")));
#if defined(__cpp_exceptions)
  try {
    recorder.add(log, everything_channel, ALOG_FIELDS(everything, id)).or_throw();
    CHECK(false);
  } catch (const alog::error &error) {
    CHECK(error.status() == ALOG_ERR_ARGUMENT && std::strstr(error.what(), "begins at or before 0") != nullptr);
  }
#endif
  // Nothing of it was added.
  CHECK_U64(0, MUST(recorder.write()).records);
  for (std::size_t i = 0; i < ALOG_RECORDER_LOGS; i++) {
    CHECK_U64(i, MUST(recorder.add(log, everything_channel, fields_of_everything())).index);
  }
  check_refused(ALOG_ERR_STATE, "the recorder has 16 logs, which is all that it takes",
                recorder.add(log, everything_channel, fields_of_everything()));
  CHECK_U64(16, MUST(recorder.write()).records);
}

static std::uint64_t freed = 0;

static void recorder_gives_its_logs_back() {
  const alog_allocator counting = {
      nullptr,
      [](void *, std::size_t size, std::size_t align) { return ::operator new(size, std::align_val_t(align)); },
      [](void *, void *block, std::size_t, std::size_t align) {
        freed++;
        ::operator delete(block, std::align_val_t(align));
      }};
  {
    alog::recorder recorder;
    {
      const auto log = MUST(alog::log<pair>::create(alog::options(8, 4).allocator(counting)));
      CHECK(recorder.add(log, alog::channel("/pairs", "test/msg/Pair"), ALOG_FIELDS(pair, sequence, square)).ok());
    }
    CHECK_U64(0, freed);
  }
  CHECK(freed > 0);
}

struct long_one {
  std::uint8_t a1, a2, a3, a4, a5, a6, a7, a8, b1, b2, b3, b4, b5, b6, b7, b8, c1, c2, c3, c4, c5, c6, c7, c8, d1, d2,
      d3, d4, d5, d6, d7, d8, e1, e2, e3, e4, e5, e6, e7, e8, f1, f2, f3, f4, f5, f6, f7, f8, g1, g2, g3, g4, g5, g6,
      g7, g8, h1, h2, h3, h4, h5, h6, h7, h8;
};

static void a_struct_may_have_64_members() {
  const auto all = ALOG_FIELDS(long_one, a1, a2, a3, a4, a5, a6, a7, a8, b1, b2, b3, b4, b5, b6, b7, b8, c1, c2, c3, c4,
                               c5, c6, c7, c8, d1, d2, d3, d4, d5, d6, d7, d8, e1, e2, e3, e4, e5, e6, e7, e8, f1, f2,
                               f3, f4, f5, f6, f7, f8, g1, g2, g3, g4, g5, g6, g7, g8, h1, h2, h3, h4, h5, h6, h7, h8);
  CHECK_U64(64, all.get().size());
  for (std::size_t i = 0; i < 64; i++) CHECK(all.get()[i].offset == i && all.get()[i].count == 1);
  CHECK_TEXT("a1", all.get()[0].name);
  CHECK_TEXT("h8", all.get()[63].name);
}

void recorders() {
  static_assert(!std::is_copy_constructible_v<alog::recorder> && !std::is_move_constructible_v<alog::recorder>);
  static_assert(!std::is_copy_assignable_v<alog::recorder> && !std::is_move_assignable_v<alog::recorder>);
  RUN(members_of_every_type_are_read_back);
  RUN(several_logs_are_in_one_file);
  RUN(a_file_descriptor_gets_the_same);
  RUN(what_cannot_be_written_is_told);
  RUN(wrong_channels_are_told_in_words);
  RUN(recorder_gives_its_logs_back);
  RUN(a_struct_may_have_64_members);
}
