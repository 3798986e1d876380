// A reader of MCAP that knows only the format's page (https://mcap.dev/spec), for files in memory. A deviation from the
// page ends the test.
#ifndef MCAP_HPP
#define MCAP_HPP

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.hpp"

namespace mcap {

struct schema {
  std::string name, encoding, text;
};
struct channel {
  std::uint64_t schema;  // 0: none
  std::string topic, message_encoding;
};
struct message {
  std::uint64_t channel, sequence, log_time, publish_time;
  std::string data;
};

// A record of the file or of a chunk, which is read from front to back.
class record {
 public:
  std::uint64_t kind = 0;
  std::size_t begin = 0, end = 0;  // where it lies
  std::string_view rest;           // what is not read yet

  std::string take(std::size_t size) {
    CHECK(size <= rest.size());
    const std::string taken(rest.substr(0, size));
    rest.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    const std::string bytes = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  std::string text() { return take(static_cast<std::size_t>(number(4))); }
  // Checks that these numbers come next: each with its size.
  void expect(std::initializer_list<std::pair<std::size_t, std::uint64_t>> numbers) {
    for (const auto &[size, value] : numbers) CHECK_U64(value, number(size));
  }
};

// A file of the form that src/recorder/mcap.rs describes.
class file {
 public:
  std::string profile;
  std::map<std::uint64_t, mcap::schema> schemas;
  std::map<std::uint64_t, mcap::channel> channels;
  std::vector<message> messages;

  explicit file(const std::string &bytes) : all_(bytes) {
    magic();
    record header = next(0x01);
    profile = header.text();
    CHECK(header.text().rfind("atomic-log ", 0) == 0 && header.rest.empty());
    const std::size_t declarations = at_;
    while (kind() == 0x03 || kind() == 0x04) declare(next(kind()));
    const std::string_view declared = all_.substr(declarations, at_ - declarations);
    while (kind() == 0x06) read_chunk();
    CHECK(next(0x0f).rest == std::string_view("\0\0\0\0", 4));  // no checksum

    const std::size_t summary = at_;
    CHECK(all_.substr(at_, declared.size()) == declared);
    at_ += declared.size();
    read_statistics(next(0x0b));
    for (const chunk &each : chunks_) {
      record index = next(0x08);
      index.expect({{8, each.earliest}, {8, each.latest}, {8, each.begin}, {8, each.index - each.begin}});
      index.expect({{4, 10}, {2, each.channel}, {8, each.index}, {8, each.index_end - each.index}});
      index.expect({{4, 0}, {8, each.size}, {8, each.size}});  // no compression
      CHECK(index.rest.empty());
    }
    record footer = next(0x02);
    footer.expect({{8, summary}, {8, 0}, {4, 0}});  // no offsets of the summary's parts, no checksum
    CHECK(footer.rest.empty());
    magic();
    CHECK_U64(all_.size(), at_);
  }

 private:
  struct chunk {
    std::uint64_t channel, count, earliest, latest, size, begin, index, index_end;
  };

  void magic() {
    CHECK(all_.substr(at_, 8) == "\x89MCAP0\r\n");
    at_ += 8;
  }
  std::uint64_t kind() const { return at_ < all_.size() ? static_cast<unsigned char>(all_[at_]) : 0; }
  record next(std::uint64_t expected) { return next(expected, all_, at_); }

  static record next(std::uint64_t expected, std::string_view bytes, std::size_t &at) {
    record made;
    made.begin = at;
    made.rest = bytes.substr(at);
    made.kind = made.number(1);
    const auto size = static_cast<std::size_t>(made.number(8));
    CHECK_U64(expected, made.kind);
    CHECK(size <= made.rest.size());
    made.rest = made.rest.substr(0, size);
    made.end = at = at + 9 + size;
    return made;
  }

  void declare(record from) {
    const std::uint64_t id = from.number(2);
    if (from.kind == 0x03) {
      CHECK(id != 0 && schemas.count(id) == 0);
      schemas[id] = {from.text(), from.text(), from.text()};
    } else {
      CHECK(channels.count(id) == 0);
      channels[id] = {from.number(2), from.text(), from.text()};
      CHECK(channels[id].schema == 0 || schemas.count(channels[id].schema) == 1);
      from.expect({{4, 0}});  // metadata
    }
    CHECK(from.rest.empty());
  }

  // A chunk, and the index behind it.
  void read_chunk() {
    record from = next(0x06), index = next(0x07);
    CHECK(from.rest.size() > 40);
    const std::string_view records = from.rest.substr(40);
    chunk made = {index.number(2), 0, UINT64_MAX, 0, records.size(), from.begin, index.begin, index.end};
    const std::uint64_t index_size = index.number(4);
    CHECK_U64(index_size, index.rest.size());
    for (std::size_t at = 0; at < records.size(); made.count++) {
      const std::size_t offset = at;
      record one = next(0x05, records, at);
      messages.push_back({one.number(2), one.number(4), one.number(8), one.number(8), ""});
      message &read = messages.back();
      read.data = one.rest;
      CHECK(read.channel == made.channel && channels.count(read.channel) == 1);
      index.expect({{8, read.log_time}, {8, offset}});
      made.earliest = std::min(made.earliest, read.log_time);
      made.latest = std::max(made.latest, read.log_time);
    }
    CHECK(index.rest.empty());
    from.expect({{8, made.earliest}, {8, made.latest}, {8, made.size}, {4, 0}, {4, 0}, {8, made.size}});
    chunks_.push_back(made);
  }

  void read_statistics(record from) {
    std::map<std::uint64_t, std::uint64_t> counts;
    for (const auto &[id, channel] : channels) counts[id] = 0;
    chunk all = {0, 0, UINT64_MAX, 0, 0, 0, 0, 0};
    for (const chunk &each : chunks_) {
      counts[each.channel] += each.count;
      all.earliest = std::min(all.earliest, each.earliest);
      all.latest = std::max(all.latest, each.latest);
    }
    from.expect({{8, messages.size()}, {2, schemas.size()}, {4, channels.size()}});
    from.expect({{4, 0}, {4, 0}, {4, chunks_.size()}});  // no attachments, no metadata
    from.expect({{8, chunks_.empty() ? 0 : all.earliest}, {8, all.latest}, {4, 10 * counts.size()}});
    for (const auto &[id, count] : counts) from.expect({{2, id}, {8, count}});
    CHECK(from.rest.empty());
  }

  std::string_view all_;
  std::size_t at_ = 0;  // how much is read
  std::vector<chunk> chunks_;
};

}  // namespace mcap

#endif
