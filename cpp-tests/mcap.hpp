// A reader of MCAP that knows no more than the format's page (https://mcap.dev/spec), for files in memory. What is not
// as the page says ends the test.
#ifndef MCAP_HPP
#define MCAP_HPP

#include <map>
#include <string>
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

class file {
 public:
  std::string profile;
  std::map<std::uint64_t, mcap::schema> schemas;
  std::map<std::uint64_t, mcap::channel> channels;
  std::vector<message> messages;

  explicit file(const std::string &bytes) : rest_(bytes) {
    magic();
    CHECK(next() == 0x01);
    profile = text();
    CHECK(text().rfind("atomic-log ", 0) == 0);
    while (std::size_t kind = next()) {
      if (kind == 0x03) {
        const std::uint64_t id = number(2);
        CHECK(id != 0 && schemas.count(id) == 0);
        schemas[id] = {text(), text(), text()};
      } else if (kind == 0x04) {
        const std::uint64_t id = number(2);
        CHECK(channels.count(id) == 0);
        channels[id] = {number(2), text(), text()};
        CHECK(channels[id].schema == 0 || schemas.count(channels[id].schema) == 1);
        CHECK_U64(0, number(4));  // metadata
      } else if (kind == 0x05) {
        messages.push_back({number(2), number(4), number(8), number(8), ""});
        messages.back().data = take(record_);
        CHECK(channels.count(messages.back().channel) == 1);
      } else {
        CHECK(kind == 0x0f);
        CHECK_U64(0, number(4));  // no checksum
        break;
      }
    }
    CHECK(next() == 0x02);
    CHECK(number(8) == 0 && number(8) == 0 && number(4) == 0);  // no summary, and so nothing of it
    CHECK_U64(0, record_);
    magic();
    CHECK(rest_.empty());
  }

 private:
  void magic() {
    record_ = 8;
    CHECK(take(8) == "\x89MCAP0\r\n");
  }
  // The kind of the next record, when the one before was read to its end.
  std::size_t next() {
    CHECK_U64(0, record_);
    record_ = 9;
    const std::uint64_t kind = number(1);
    record_ = static_cast<std::size_t>(number(8));
    return static_cast<std::size_t>(kind);
  }
  std::string take(std::size_t size) {
    CHECK(size <= record_ && size <= rest_.size());
    const std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    record_ -= size;
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    const std::string bytes = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  std::string text() { return take(static_cast<std::size_t>(number(4))); }

  std::string_view rest_;
  std::size_t record_ = 0;  // bytes of the record that are not read yet
};

}  // namespace mcap

#endif
