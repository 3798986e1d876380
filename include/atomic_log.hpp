/*
 * atomic_log.hpp: the log of atomic_log.h for C++17 and later. Header-only; link the same library.
 *
 *   struct sample { std::uint64_t time; double value; };
 *
 *   auto log = alog::log<sample>::create(alog::options(4096, 1024)); // keep 4096 records, in segments of 1024
 *   if (!log) return fail(log.message());
 *   auto writer = log->claim();                                      // one, in its thread
 *   auto view = log->snapshot();                                     // any number, in their threads
 *   if (!writer || !view) return 1;
 *   if (!writer->append({1, 20.5})) return 1;
 *   view->refresh();
 *   for (const sample &record : *view) use(record);                  // read in place
 *
 * A tick of many records, which each reader sees whole or not at all, and a reader that sleeps until there is another
 * one:
 *
 *   auto group = writer->group();
 *   for (const sample &each : tick) writer->append(each).or_throw();
 *   group->publish().or_throw(), writer->notify();
 *
 *   while (view->wait().ready()) {                                   // not ready: the log was finished
 *     view->refresh();
 *     for (const sample &each : *view->records(*view->latest())) draw(each);
 *   }
 *
 * Conventions
 * - A comment names the C function that a function calls. The comment of the C function tells its threads, whether it
 *   blocks or allocates, and which statuses it returns. The C++ part allocates nothing. Only alog::error is virtual.
 * - Handles are C handles that end by themselves. log and segment are counted: a copy adds a count. The others are
 *   unique and move. An empty handle was made by default or moved from. It is harmless: calls on it return
 *   ALOG_ERR_NULL or 0, calls on an empty reservation or group return ALOG_ERR_STATE, and loops over it end at once.
 * - Frequent work needs no call: it uses atomic_log_inline.h. append, emplace and notify call the library only to begin
 *   a segment or to wake a thread. A refresh without a delta calls it only for a new segment.
 * - Errors are values: a function returns a status or a result<T>. A result holds a value if its status is ALOG_OK. To
 *   get exceptions, write .or_throw() after the call. Everything else works with -fno-exceptions and -fno-rtti.
 * - As a bool, a status is true if it is ALOG_OK, and a result is true if it has a value. The result of a refresh or a
 *   wait is no bool, because a timeout is no error, and to find nothing new is no error either.
 * - A call that would show records of a handle that no longer exists does not compile: such functions are deleted for
 *   temporaries, and so is -> on a temporary result of a handle. Name the handle, or take it out with value(). A loop
 *   over chunks(), records() or unread() of a temporary keeps the temporary.
 * - A loop ends after the last record, and for no other reason. If an iterator meets another handle than the one it was
 *   made for, it writes this to stderr and aborts. A checked library always detects this, any other library usually.
 * - Everything is noexcept, except or_throw, emplace of a record whose constructor may throw, and << to a stream.
 * - get() is the C handle, for what is not here. A constructor takes over a C handle. detach() gives it back.
 * - alog::span is std::span from C++20 on, and a small view before. All files of a program must agree on which.
 */
#ifndef ALOG_ATOMIC_LOG_HPP
#define ALOG_ATOMIC_LOG_HPP

#include <atomic_log.h>
#include <atomic_log_inline.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iosfwd>
#include <iterator>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(_MSVC_LANG)
#define ALOG_CPLUSPLUS _MSVC_LANG
#else
#define ALOG_CPLUSPLUS __cplusplus
#endif

#if ALOG_CPLUSPLUS < 201703L
#error "atomic_log.hpp needs C++17"
#endif

#if ALOG_CPLUSPLUS >= 202002L
#include <span>
#endif

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define ALOG_EXCEPTIONS
#include <exception>
#endif

#if defined(__GNUC__)
#define ALOG_COLD __attribute__((cold, noinline))
#define ALOG_APART __attribute__((noinline))
#else
#define ALOG_COLD
#define ALOG_APART
#endif

namespace alog {

/** Sequences of records. end is one more than the last. */
using range = alog_range;

/** What a refresh brought. */
using delta = alog_delta;

/** What a recorder wrote. */
using recording = alog_recording;

/** What recorder::add returns: the index of the log's range in the ranges of a recording. */
struct registration {
  std::size_t index;
};

/** Some bytes. writer<bytes>::append_batch takes slices. */
using slice = alog_slice;

/** The record type of a log of byte records: log<bytes>, writer<bytes> and so on. There are no objects of it. */
struct bytes;

template <class T>
class log;
template <class T>
class writer;
template <class T>
class snapshot;
template <class T>
class cursor;
template <class T>
class unread_range;
class open_group;

namespace detail {
template <class T>
class writer_base;
}

#if ALOG_CPLUSPLUS >= 202002L
/** Objects in a row that belong to another object. */
template <class T>
using span = std::span<T>;
#else
/** Objects in a row that belong to another object: a part of std::span, for C++17. */
template <class T>
class span {
 public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using size_type = std::size_t;
  using iterator = T *;

  constexpr span() noexcept = default;
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  /** Made from an array, or from anything that has data() and size() with the same element. */
  template <class C, class E = std::remove_pointer_t<decltype(std::data(std::declval<C &>()))>,
            class = std::enable_if_t<std::is_convertible_v<E (*)[], T (*)[]> &&
                                     (std::is_lvalue_reference_v<C> || std::is_const_v<T>)>>
  constexpr span(C &&container) noexcept : data_(std::data(container)), size_(std::size(container)) {}

  constexpr T *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr std::size_t size_bytes() const noexcept { return size_ * sizeof(T); }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr T *begin() const noexcept { return data_; }
  constexpr T *end() const noexcept { return data_ + size_; }
  constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }
  constexpr T &front() const noexcept { return data_[0]; }
  constexpr T &back() const noexcept { return data_[size_ - 1]; }
  constexpr span first(std::size_t count) const noexcept { return {data_, count}; }
  constexpr span last(std::size_t count) const noexcept { return {data_ + (size_ - count), count}; }
  constexpr span subspan(std::size_t offset) const noexcept { return {data_ + offset, size_ - offset}; }

 private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};
#endif

/** One byte record, where it lies in the log. */
using byte_view = span<const std::byte>;

/** A byte record as text. */
inline std::string_view text(byte_view record) noexcept {
  return {reinterpret_cast<const char *>(record.data()), record.size()};
}

/** The version of the linked library: alog_version. */
inline std::uint32_t version() noexcept { return alog_version(); }

/** The version of the linked library as text: alog_version_string. */
inline const char *version_string() noexcept { return alog_version_string(); }

/** An alog_status that knows its name and message. As a bool it is true only for ALOG_OK. */
class status {
 public:
  constexpr status(alog_status code) noexcept : code_(code) {}

  /** Whether it is no error: ALOG_OK, or another success, such as ALOG_END. */
  constexpr bool ok() const noexcept { return code_ >= ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return code_ == ALOG_OK; }
  constexpr alog_status code() const noexcept { return code_; }
  /** alog_status_name: static, never NULL. */
  const char *name() const noexcept { return alog_status_name(code_); }
  /** alog_status_message: static, never NULL. */
  const char *message() const noexcept { return alog_status_message(code_); }
#ifdef ALOG_EXCEPTIONS
  /** Throws an alog::error if it is an error. */
  status or_throw() const;
#endif

 private:
  alog_status code_;
};

constexpr bool operator==(status a, status b) noexcept { return a.code() == b.code(); }
constexpr bool operator!=(status a, status b) noexcept { return a.code() != b.code(); }

/** Writes name and message to any std::ostream. */
template <class Char, class Traits>
std::basic_ostream<Char, Traits> &operator<<(std::basic_ostream<Char, Traits> &out, status status) {
  return out << status.name() << ": " << status.message();
}

/**
 * What a refresh or a wait returned. It is no bool: nothing new is no error, but there is also nothing to read. Ask
 * ready() or ok(), or compare it.
 */
class news {
 public:
  constexpr news(alog_status code) noexcept : status_(code) {}

  /** Whether there is something new: ALOG_OK. */
  constexpr bool ready() const noexcept { return code() == ALOG_OK; }
  /** Whether it is no error: ALOG_OK, ALOG_UNCHANGED, ALOG_TIMEOUT, ALOG_INTERRUPTED or ALOG_FINISHED. */
  constexpr bool ok() const noexcept { return status_.ok(); }
  explicit operator bool() const = delete;  // unclear: is something new, or is it no error? Ask ready() or ok()
  constexpr operator alog::status() const noexcept { return status_; }
  constexpr alog_status code() const noexcept { return status_.code(); }
  /** alog_status_name: static, never NULL. */
  const char *name() const noexcept { return status_.name(); }
  /** alog_status_message: static, never NULL. */
  const char *message() const noexcept { return status_.message(); }
#ifdef ALOG_EXCEPTIONS
  /** Throws an alog::error if it is an error. */
  news or_throw() const;
#endif

 private:
  alog::status status_;
};

/** Not for use: internals. */
namespace detail {

/** Why there is no value. */
template <class T>
struct reason {
  alog::status status;
  const char *text() const noexcept { return status.message(); }
};

/** Why there is no log. If an option is wrong, the text tells which. */
template <class T>
struct reason<log<T>> {
  alog::status status;
  char problem[160] = {};
  const char *text() const noexcept { return problem[0] != 0 ? problem : status.message(); }
};

/** Why a recorder refused a log: what is wrong with the channel. */
template <>
struct reason<registration> {
  alog::status status;
  char problem[320] = {};
  const char *text() const noexcept { return problem[0] != 0 ? problem : status.message(); }
};

struct by_call_t {};

/** Whether `->` may look into a temporary of this type. Not for handles: what they show ends with them. */
template <class T>
constexpr bool is_plain = std::is_trivially_destructible_v<T>;

}  // namespace detail

#ifdef ALOG_EXCEPTIONS
/** What or_throw throws: a status and its message. */
class error : public std::exception {
 public:
  explicit error(alog::status status) noexcept : error(status, status.message()) {}
  error(alog::status status, const char *text) noexcept : status_(status) {
    for (std::size_t i = 0; i + 1 < sizeof text_ && text[i] != 0; i++) text_[i] = text[i];
  }
  alog::status status() const noexcept { return status_; }
  /** The message of the status or result that threw. */
  const char *what() const noexcept override { return text_; }

 private:
  alog::status status_;
  char text_[320] = {};
};

inline status status::or_throw() const {
  if (!ok()) throw error(*this);
  return *this;
}

inline news news::or_throw() const {
  if (!ok()) throw error(status_);
  return *this;
}
#endif

/**
 * A value if status() is ALOG_OK, otherwise the reason why there is none.
 *
 * After a failure the value is empty: an empty handle, span or chunk. Calls on it fail, and loops over it end at once.
 */
template <class T>
class [[nodiscard]] result {
 public:
  /** No value. `why` is not ALOG_OK. */
  constexpr result(alog::status why) noexcept : why_{why} {}
  constexpr result(alog_status why) noexcept : why_{why} {}
  constexpr result(T &&value) noexcept : value_(std::move(value)) {}
  constexpr result(const T &value) noexcept : value_(value) {}
  /** Makes the value here. */
  template <class... Arguments>
  constexpr explicit result(std::in_place_t, Arguments &&...arguments) noexcept
      : value_(std::forward<Arguments>(arguments)...) {}
  /** Not for use: what a C call made, or why it made nothing. */
  constexpr explicit result(const detail::reason<T> &why) noexcept : why_(why) {}
  template <class... Arguments>
  constexpr result(detail::by_call_t, alog_status status, Arguments &...arguments) noexcept
      : value_(arguments..., status), why_{status} {}

  /** Whether there is a value. */
  constexpr bool ok() const noexcept { return why_.status == ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return ok(); }
  constexpr alog::status status() const noexcept { return why_.status; }
  /**
   * The status's message. From log<T>::create it tells which option is wrong and what is allowed. From recorder::add it
   * tells what is wrong with the channel.
   */
  const char *message() const & noexcept { return why_.text(); }
  const char *message() const && = delete;  // the text may lie in the result: name the result first

  constexpr T &value() & noexcept { return value_; }
  constexpr const T &value() const & noexcept { return value_; }
  /** By value, so that `for (... : call().value())` keeps it while the loop runs. */
  constexpr T value() && noexcept { return std::move(value_); }
  constexpr T value() const && = delete;
  constexpr T &operator*() & noexcept { return value_; }
  constexpr const T &operator*() const & noexcept { return value_; }
  constexpr T operator*() && noexcept { return std::move(value_); }
  constexpr T operator*() const && = delete;
  constexpr T *operator->() & noexcept { return &value_; }
  constexpr const T *operator->() const & noexcept { return &value_; }
  template <class U = T, std::enable_if_t<detail::is_plain<U>, int> = 0>
  constexpr const U *operator->() const && noexcept {
    return &value_;
  }
  template <class U = T, std::enable_if_t<!detail::is_plain<U>, int> = 0>
  constexpr const U *operator->() const && = delete;  // the handle ends in this line: name the result first

#ifdef ALOG_EXCEPTIONS
  /** The value. Throws an alog::error if there is none. */
  T or_throw() && {
    check();
    return std::move(value_);
  }
  T &or_throw() & {
    check();
    return value_;
  }
  const T &or_throw() const & {
    check();
    return value_;
  }
  T or_throw() const && = delete;
#endif

 private:
#ifdef ALOG_EXCEPTIONS
  void check() const {
    if (!ok()) throw error(why_.status, why_.text());
  }
#endif

  T value_{};
  detail::reason<T> why_{ALOG_OK};
};

/** A reference to a value, if status() is ALOG_OK. After a failure do not use the value. */
template <class T>
class [[nodiscard]] result<T &> {
 public:
  constexpr result(alog::status why) noexcept : status_(why) {}
  constexpr result(alog_status why) noexcept : status_(why) {}
  constexpr result(T &value) noexcept : value_(&value) {}

  /** Whether there is a value. */
  constexpr bool ok() const noexcept { return status_ == ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return ok(); }
  constexpr alog::status status() const noexcept { return status_; }
  /** The status's message. */
  const char *message() const noexcept { return status_.message(); }

  constexpr T &value() const noexcept { return *value_; }
  constexpr T &operator*() const noexcept { return *value_; }
  constexpr T *operator->() const noexcept { return value_; }

#ifdef ALOG_EXCEPTIONS
  /** The value. Throws an alog::error if there is none. */
  T &or_throw() const {
    if (!ok()) throw error(status_);
    return *value_;
  }
#endif

 private:
  T *value_ = nullptr;
  alog::status status_{ALOG_OK};
};

/**
 * How large a log is, where its memory comes from, and how much memory it may use. alog_options explains each option.
 * Units are records; for a log of bytes they are bytes. An option that is not set has its default.
 */
class options {
 public:
  constexpr options() noexcept = default;
  constexpr options(std::uint64_t retained, std::uint64_t segment) noexcept {
    raw_.retained_capacity = retained;
    raw_.segment_capacity = segment;
  }
  /** From C options. */
  constexpr explicit options(const alog_options &raw) noexcept : raw_(raw) {}

  constexpr options &retained_capacity(std::uint64_t units) & noexcept {
    raw_.retained_capacity = units;
    return *this;
  }
  constexpr options retained_capacity(std::uint64_t units) && noexcept { return retained_capacity(units); }
  constexpr options &segment_capacity(std::uint64_t units) & noexcept {
    raw_.segment_capacity = units;
    return *this;
  }
  constexpr options segment_capacity(std::uint64_t units) && noexcept { return segment_capacity(units); }
  constexpr options &record_align(std::uint32_t bytes) & noexcept {
    raw_.record_align = bytes;
    return *this;
  }
  constexpr options record_align(std::uint32_t bytes) && noexcept { return record_align(bytes); }
  constexpr options &segment_records(std::uint32_t records) & noexcept {
    raw_.segment_records = records;
    return *this;
  }
  constexpr options segment_records(std::uint32_t records) && noexcept { return segment_records(records); }
  constexpr options &preallocated_segments(std::uint32_t segments) & noexcept {
    raw_.preallocated_segments = segments;
    return *this;
  }
  constexpr options preallocated_segments(std::uint32_t segments) && noexcept {
    return preallocated_segments(segments);
  }
  constexpr options &max_segments(std::uint32_t segments) & noexcept {
    raw_.max_segments = segments;
    return *this;
  }
  constexpr options max_segments(std::uint32_t segments) && noexcept { return max_segments(segments); }
  /** The allocator must exist until the log is created, which copies it. */
  constexpr options &allocator(const alog_allocator &from) & noexcept {
    raw_.allocator = &from;
    return *this;
  }
  constexpr options allocator(const alog_allocator &from) && noexcept { return allocator(from); }
  constexpr options &allocator(const alog_allocator &&) & = delete;  // it would no longer exist: name it first
  constexpr options allocator(const alog_allocator &&) && = delete;
  /** Sets or clears ALOG_FLAG_AUTO_NOTIFY. */
  constexpr options &auto_notify(bool on = true) & noexcept {
    flag(ALOG_FLAG_AUTO_NOTIFY, on);
    return *this;
  }
  constexpr options auto_notify(bool on = true) && noexcept { return auto_notify(on); }
  /** Sets or clears ALOG_FLAG_PREFAULT. */
  constexpr options &prefault(bool on = true) & noexcept {
    flag(ALOG_FLAG_PREFAULT, on);
    return *this;
  }
  constexpr options prefault(bool on = true) && noexcept { return prefault(on); }

  /** The C struct. */
  constexpr const alog_options &get() const & noexcept { return raw_; }
  constexpr alog_options get() && noexcept { return raw_; }

 private:
  constexpr void flag(std::uint32_t which, bool on) noexcept {
    raw_.flags = on ? raw_.flags | which : raw_.flags & ~which;
  }

  alog_options raw_ = ALOG_OPTIONS_INIT;
};

namespace detail {

/** What `->` returns for an iterator that has no reference to give. */
template <class V>
class arrow {
 public:
  constexpr explicit arrow(V value) noexcept : value_(value) {}
  constexpr const V *operator->() const noexcept { return &value_; }

 private:
  V value_;
};

/** A cast only if the type differs: some compilers warn about a useless cast. */
template <class To, class From>
constexpr To to(From value) noexcept {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else {
    return static_cast<To>(value);
  }
}

/** Aborts the program: otherwise its fault would look like the end of a loop. */
[[noreturn]] ALOG_COLD inline void fault(const char *what, alog_status status) noexcept {
  std::fprintf(stderr, "atomic_log.hpp: %s (%s)\n", what, alog_status_name(status));
  std::abort();
}

[[noreturn]] ALOG_COLD inline void gone(alog_status status) noexcept {
  fault("an iterator goes through a snapshot or cursor that is gone or was refreshed, or beyond its end", status);
}

}  // namespace detail

/**
 * Walks through the byte records of one chunk. Its category is random access, although it gives no reference: so
 * std::prev and others can go back.
 */
class byte_iterator {
 public:
  using value_type = byte_view;
  using reference = byte_view;
  using pointer = detail::arrow<byte_view>;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::random_access_iterator_tag;

  constexpr byte_iterator() noexcept = default;
  constexpr byte_iterator(const std::byte *data, const alog_span *at) noexcept : data_(data), at_(at) {}
  constexpr byte_view operator*() const noexcept { return {data_ + at_->offset, at_->size}; }
  constexpr pointer operator->() const noexcept { return pointer(**this); }
  constexpr byte_view operator[](difference_type n) const noexcept { return *(*this + n); }
  constexpr byte_iterator &operator++() noexcept {
    ++at_;
    return *this;
  }
  constexpr byte_iterator operator++(int) noexcept { return {data_, at_++}; }
  constexpr byte_iterator &operator--() noexcept {
    --at_;
    return *this;
  }
  constexpr byte_iterator operator--(int) noexcept { return {data_, at_--}; }
  constexpr byte_iterator &operator+=(difference_type n) noexcept {
    at_ += n;
    return *this;
  }
  constexpr byte_iterator &operator-=(difference_type n) noexcept { return *this += -n; }
  friend constexpr byte_iterator operator+(byte_iterator a, difference_type n) noexcept { return a += n; }
  friend constexpr byte_iterator operator+(difference_type n, byte_iterator a) noexcept { return a += n; }
  friend constexpr byte_iterator operator-(byte_iterator a, difference_type n) noexcept { return a -= n; }
  friend constexpr difference_type operator-(byte_iterator a, byte_iterator b) noexcept { return a.at_ - b.at_; }
  friend constexpr bool operator==(byte_iterator a, byte_iterator b) noexcept { return a.at_ == b.at_; }
  friend constexpr bool operator!=(byte_iterator a, byte_iterator b) noexcept { return a.at_ != b.at_; }
  friend constexpr bool operator<(byte_iterator a, byte_iterator b) noexcept { return a.at_ < b.at_; }
  friend constexpr bool operator>(byte_iterator a, byte_iterator b) noexcept { return a.at_ > b.at_; }
  friend constexpr bool operator<=(byte_iterator a, byte_iterator b) noexcept { return a.at_ <= b.at_; }
  friend constexpr bool operator>=(byte_iterator a, byte_iterator b) noexcept { return a.at_ >= b.at_; }

 private:
  const std::byte *data_ = nullptr;
  const alog_span *at_ = nullptr;
};

namespace detail {

inline void end(alog_log *raw) noexcept { alog_log_release(raw); }
inline void end(alog_segment *raw) noexcept { alog_segment_release(raw); }
inline void end(alog_writer *raw) noexcept { alog_writer_release(raw); }
inline void end(alog_snapshot *raw) noexcept { alog_snapshot_destroy(raw); }
inline void end(alog_cursor *raw) noexcept { alog_cursor_destroy(raw); }
inline alog_log *retain(alog_log *raw) noexcept { return alog_log_retain(raw); }
inline alog_segment *retain(alog_segment *raw) noexcept { return alog_segment_retain(raw); }

/** What a handle keeps beside the C handle, to save calls. For most handles: nothing. */
template <class C>
struct beside {};

/** For a snapshot: what alog_refresh_inline needs. NULL until the first refresh. */
template <>
struct beside<alog_snapshot> {
  const alog_glance *glance = nullptr;
};

/** For a cursor: what alog_next_inline needs. NULL until the first read_on. */
template <>
struct beside<alog_cursor> {
  alog_follower *follower = nullptr;
};

/** A C handle that ends with its owner. */
template <class C>
class unique : protected beside<C> {
 public:
  constexpr unique() noexcept = default;
  constexpr explicit unique(C *raw) noexcept : raw_(raw) {}
  unique(unique &&other) noexcept : beside<C>(other), raw_(other.detach()) {}
  unique &operator=(unique &&other) noexcept {
    unique(std::move(other)).swap(*this);
    return *this;
  }
  unique(const unique &) = delete;
  unique &operator=(const unique &) = delete;

  /** The C handle. It still belongs to this handle. NULL if this handle is empty. */
  C *get() const & noexcept { return raw_; }
  C *get() const && = delete;  // it ends in this line: name the handle first
  /** Gives the C handle away. This handle is then empty. */
  [[nodiscard]] C *detach() noexcept {
    kept() = beside<C>();
    return std::exchange(raw_, nullptr);
  }
  /** Ends the C handle now. This handle is then empty. */
  void reset() noexcept { unique().swap(*this); }
  /** Whether there is a C handle. */
  explicit operator bool() const noexcept { return raw_ != nullptr; }
  void swap(unique &other) noexcept {
    std::swap(kept(), other.kept());
    std::swap(raw_, other.raw_);
  }

 protected:
  ~unique() {
    if (raw_ != nullptr) end(raw_);
  }
  beside<C> &kept() noexcept { return *this; }

 private:
  C *raw_ = nullptr;
};

/** A C handle that is counted: a copy adds a count, and compares equal. */
template <class C>
class counted : public unique<C> {
 public:
  constexpr counted() noexcept = default;
  constexpr explicit counted(C *raw) noexcept : unique<C>(raw) {}
  counted(const counted &other) noexcept : unique<C>(retain(other.get())) {}
  counted(counted &&) noexcept = default;
  counted &operator=(const counted &other) noexcept {
    counted(other).swap(*this);
    return *this;
  }
  counted &operator=(counted &&) noexcept = default;
  friend bool operator==(const counted &a, const counted &b) noexcept { return a.get() == b.get(); }
  friend bool operator!=(const counted &a, const counted &b) noexcept { return a.get() != b.get(); }

 protected:
  ~counted() = default;
};

/** The handle that a C call made, or why it made none. */
template <class H, class C>
result<H> made(alog_status status, C *raw) noexcept {
  if (status != ALOG_OK) return status;
  return result<H>(std::in_place, raw);
}

/** Nanoseconds for C, rounded up. Negative: 0. Too long for std::chrono::nanoseconds: forever. */
template <class Rep, class Period>
constexpr std::uint64_t nanoseconds(std::chrono::duration<Rep, Period> timeout) noexcept {
  const double about = std::chrono::duration<double, std::nano>(timeout).count();
  if (!(about > 0)) return 0;
  if (about >= 9.2e18) return ALOG_WAIT_FOREVER;
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::nanoseconds>(timeout).count());
}

/** Why a log was not created, in words if possible. */
template <class T>
reason<log<T>> explained(alog_status status, const alog_options &options, bool bytes) noexcept {
  reason<log<T>> why{status};
  if (status != ALOG_OK) alog_options_problem(&options, bytes, why.problem, sizeof why.problem);
  return why;
}

/** What is special about a log of T. */
template <class T>
struct kind {
  static_assert(std::is_object_v<T> && std::is_same_v<T, std::remove_cv_t<T>>, "a record is a plain object");
  static_assert(std::is_trivially_copyable_v<T>, "a record is copied as bytes: T must be trivially copyable");
  static_assert(alignof(T) <= 4096, "a record is aligned to 4096 at most");

  using element = T;
  using value = T;
  using reference = const T &;
  using iterator = const T *;
  using pointer = const T *;
  using category = std::random_access_iterator_tag;

  static iterator begin(const alog_chunk &chunk) noexcept { return static_cast<const T *>(chunk.data); }
  static iterator at(const alog_chunk &chunk, std::size_t index) noexcept { return begin(chunk) + index; }
  static iterator end(const alog_chunk &chunk) noexcept { return begin(chunk) + chunk.count; }
  static pointer arrow(iterator at) noexcept { return at; }
  static reference record(const alog_slice &slice) noexcept { return *static_cast<const T *>(slice.data); }

  /** Whether records lie as in an array of T. Only then is a chunk a span. */
  static reason<log<T>> fits(const alog_options &options) noexcept {
    if (options.record_size == 0) return {ALOG_ERR_KIND};
    const std::uint32_t align = options.record_align;  // 0: the library chooses one that fits
    const auto number = [](auto value) { return static_cast<unsigned long long>(value); };
    reason<log<T>> why{ALOG_OK};
    if (options.record_size != sizeof(T)) {
      why.status = ALOG_ERR_ARGUMENT;
      std::snprintf(why.problem, sizeof why.problem, "record_size %llu is not the size of the record type, %llu",
                    number(options.record_size), number(sizeof(T)));
    } else if (align != 0 && (align < alignof(T) || align > sizeof(T) || sizeof(T) % align != 0)) {
      why.status = ALOG_ERR_ARGUMENT;
      std::snprintf(why.problem, sizeof why.problem,
                    "record_align %llu is not a divisor of the size of the record type, %llu, and at least %llu",
                    number(align), number(sizeof(T)), number(alignof(T)));
    }
    return why;
  }
  static reason<log<T>> create(alog_options options, alog_log **out) noexcept {
    if (options.record_size == 0) options.record_size = sizeof(T);
    // The library's own choice stops at 64.
    if (options.record_align == 0 && alignof(T) > 64) options.record_align = alignof(T);
    const reason<log<T>> why = fits(options);
    if (why.status != ALOG_OK) return why;
    return explained<T>(alog_log_create_fixed(&options, out), options, false);
  }
};

/** What is special about a log of bytes. */
template <>
struct kind<bytes> {
  using element = std::byte;
  using value = byte_view;
  using reference = byte_view;
  using iterator = byte_iterator;
  using pointer = byte_iterator::pointer;
  using category = std::bidirectional_iterator_tag;  // across chunks

  static iterator begin(const alog_chunk &chunk) noexcept { return at(chunk, 0); }
  static iterator at(const alog_chunk &chunk, std::size_t index) noexcept {
    return {static_cast<const std::byte *>(chunk.data), chunk.spans + index};
  }
  static iterator end(const alog_chunk &chunk) noexcept { return at(chunk, chunk.count); }
  static pointer arrow(iterator at) noexcept { return at.operator->(); }
  static reference record(const alog_slice &slice) noexcept {
    return {static_cast<const std::byte *>(slice.data), slice.size};
  }

  static reason<log<bytes>> fits(const alog_options &options) noexcept {
    return {options.record_size == 0 ? ALOG_OK : ALOG_ERR_KIND};
  }
  static reason<log<bytes>> create(const alog_options &options, alog_log **out) noexcept {
    return explained<bytes>(alog_log_create_bytes(&options, out), options, true);
  }
};

}  // namespace detail

/**
 * The records of one segment, in order. A range of const T &, or of byte_view. Valid while a snapshot, cursor or
 * segment covers the segment. A copy shows the same records.
 */
template <class T>
class chunk {
  using kind = detail::kind<T>;

 public:
  using value_type = typename kind::value;
  using iterator = typename kind::iterator;
  using const_iterator = iterator;

  /** Empty. */
  constexpr chunk() noexcept = default;
  /** From a C chunk of a log of T. */
  constexpr explicit chunk(const alog_chunk &raw) noexcept : raw_(raw) {}

  iterator begin() const noexcept { return kind::begin(raw_); }
  iterator end() const noexcept { return kind::end(raw_); }
  std::reverse_iterator<iterator> rbegin() const noexcept { return std::make_reverse_iterator(end()); }
  std::reverse_iterator<iterator> rend() const noexcept { return std::make_reverse_iterator(begin()); }
  typename kind::reference front() const noexcept { return *begin(); }
  typename kind::reference back() const noexcept { return *kind::at(raw_, size() - 1); }
  std::size_t size() const noexcept { return raw_.count; }
  bool empty() const noexcept { return raw_.count == 0; }
  /** The first of the records, which lie in a row. Only for a log of T. */
  const T *data() const noexcept {
    static_assert(!std::is_same_v<T, bytes>, "byte records have sizes of their own: iterate");
    return kind::begin(raw_);
  }
  /** The records as a span. Only for a log of T. */
  span<const T> records() const noexcept { return {data(), raw_.count}; }
  /** `index` must be less than size(). */
  typename kind::reference operator[](std::size_t index) const noexcept { return *kind::at(raw_, index); }
  /** The sequence of the first record. The record [i] has first_sequence() + i. */
  std::uint64_t first_sequence() const noexcept { return raw_.first_sequence; }
  /** The segment's number: 0, 1, 2, ... in order of creation. */
  std::uint64_t segment_sequence() const noexcept { return raw_.segment_sequence; }
  /** The C struct. */
  constexpr alog_chunk get() const noexcept { return raw_; }
  /** The C struct, for a C function to fill in. */
  alog_chunk *out() & noexcept { return &raw_; }

 private:
  alog_chunk raw_{};
};

/** A pin on one segment. Its records stay readable, even after all other handles are gone. Counted. Any thread. */
class segment : public detail::counted<alog_segment> {
 public:
  using detail::counted<alog_segment>::counted;

  /** alog_segment_sequence. */
  std::uint64_t sequence() const noexcept { return alog_segment_sequence(get()); }
};

/** Walks through the chunks of a snapshot. Each step has constant cost. */
template <class T>
class chunk_iterator {
 public:
  using value_type = chunk<T>;
  using reference = const chunk<T>;
  using pointer = detail::arrow<chunk<T>>;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::random_access_iterator_tag;

  constexpr chunk_iterator() noexcept = default;
  reference operator*() const noexcept { return at(index_); }
  pointer operator->() const noexcept { return pointer(at(index_)); }
  reference operator[](difference_type n) const noexcept { return at(index_ + static_cast<std::size_t>(n)); }
  chunk_iterator &operator++() noexcept {
    ++index_;
    return *this;
  }
  chunk_iterator operator++(int) noexcept {
    chunk_iterator was = *this;
    ++index_;
    return was;
  }
  chunk_iterator &operator--() noexcept {
    --index_;
    return *this;
  }
  chunk_iterator operator--(int) noexcept {
    chunk_iterator was = *this;
    --index_;
    return was;
  }
  chunk_iterator &operator+=(difference_type n) noexcept {
    index_ += static_cast<std::size_t>(n);
    return *this;
  }
  chunk_iterator &operator-=(difference_type n) noexcept {
    index_ -= static_cast<std::size_t>(n);
    return *this;
  }
  friend chunk_iterator operator+(chunk_iterator a, difference_type n) noexcept { return a += n; }
  friend chunk_iterator operator+(difference_type n, chunk_iterator a) noexcept { return a += n; }
  friend chunk_iterator operator-(chunk_iterator a, difference_type n) noexcept { return a -= n; }
  friend difference_type operator-(const chunk_iterator &a, const chunk_iterator &b) noexcept {
    return static_cast<difference_type>(a.index_ - b.index_);
  }
  friend bool operator==(const chunk_iterator &a, const chunk_iterator &b) noexcept { return a.index_ == b.index_; }
  friend bool operator!=(const chunk_iterator &a, const chunk_iterator &b) noexcept { return a.index_ != b.index_; }
  friend bool operator<(const chunk_iterator &a, const chunk_iterator &b) noexcept { return a.index_ < b.index_; }
  friend bool operator>(const chunk_iterator &a, const chunk_iterator &b) noexcept { return a.index_ > b.index_; }
  friend bool operator<=(const chunk_iterator &a, const chunk_iterator &b) noexcept { return a.index_ <= b.index_; }
  friend bool operator>=(const chunk_iterator &a, const chunk_iterator &b) noexcept { return a.index_ >= b.index_; }

 private:
  friend class snapshot<T>;
  chunk_iterator(const alog_snapshot *view, std::size_t index, std::uint64_t oldest) noexcept
      : view_(view), index_(index), oldest_(oldest) {}

  reference at(std::size_t index) const noexcept {
    alog_chunk raw;
    const alog_status status = alog_snapshot_chunk(view_, index, &raw);
    // The segments in view are numbered in a row. So a chunk of another view is noticed.
    if (status != ALOG_OK || raw.segment_sequence - index != oldest_) detail::gone(status);
    return chunk<T>(raw);
  }

  const alog_snapshot *view_ = nullptr;
  std::size_t index_ = 0;
  std::uint64_t oldest_ = 0;  // the segment of the view's first chunk
};

/** Walks through the chunks of a range of records. The chunks are cut at the ends of the range. */
template <class T>
class cut_iterator {
 public:
  using value_type = chunk<T>;
  using reference = const chunk<T>;
  using pointer = detail::arrow<chunk<T>>;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::bidirectional_iterator_tag;

  constexpr cut_iterator() noexcept = default;
  reference operator*() const noexcept { return chunk<T>(raw_); }
  pointer operator->() const noexcept { return pointer(chunk<T>(raw_)); }
  cut_iterator &operator++() noexcept {
    at_ += raw_.count;
    if (at_ != end_) raw_ = chunk_of({at_, end_});
    return *this;
  }
  cut_iterator operator++(int) noexcept {
    cut_iterator was = *this;
    ++*this;
    return was;
  }
  cut_iterator &operator--() noexcept {
    const std::uint64_t end = at_;
    const std::uint64_t in_segment = place_of(end - 1) + 1, in_range = end - begin_;
    at_ -= in_segment < in_range ? in_segment : in_range;
    raw_ = chunk_of({at_, end});
    return *this;
  }
  cut_iterator operator--(int) noexcept {
    cut_iterator was = *this;
    --*this;
    return was;
  }
  friend bool operator==(const cut_iterator &a, const cut_iterator &b) noexcept { return a.at_ == b.at_; }
  friend bool operator!=(const cut_iterator &a, const cut_iterator &b) noexcept { return a.at_ != b.at_; }

 private:
  friend class snapshot<T>;
  cut_iterator(const alog_snapshot *view, alog::range within, const alog_chunk &raw) noexcept
      : view_(view), end_(within.end), raw_(raw), at_(within.begin), begin_(within.begin) {}
  cut_iterator(const alog_snapshot *view, alog::range within) noexcept
      : view_(view), end_(within.end), at_(within.end), begin_(within.begin) {}

  /** The first chunk of these records. */
  alog_chunk chunk_of(alog::range records) const noexcept {
    alog_chunk raw;
    std::size_t written = 0;
    const alog_status status = alog_snapshot_chunks_in(view_, records, 1, &raw, &written);
    if (status != ALOG_OK || written == 0) detail::gone(status);
    return raw;
  }
  /** How many records of its segment come before a record. */
  std::uint64_t place_of(std::uint64_t sequence) const noexcept {
    std::size_t chunk = 0, record = 0;
    const alog_status status = alog_snapshot_find(view_, sequence, &chunk, &record);
    if (status != ALOG_OK) detail::gone(status);
    return record;
  }

  const alog_snapshot *view_ = nullptr;
  std::uint64_t end_ = 0;  // not beside the others: gcc would shuffle them
  alog_chunk raw_{};
  std::uint64_t at_ = 0;  // the sequence of the chunk's first record; after the last chunk, the range's end
  std::uint64_t begin_ = 0;
};

/** Walks through records of a snapshot, across chunks. Steps have constant cost, except far jumps in byte records. */
template <class T>
class record_iterator {
  using kind = detail::kind<T>;

 public:
  using value_type = typename kind::value;
  using reference = typename kind::reference;
  using pointer = typename kind::pointer;
  using difference_type = std::ptrdiff_t;
  using iterator_category = typename kind::category;

  /** After the last record. */
  constexpr record_iterator() noexcept = default;

  reference operator*() const noexcept { return *at_; }
  pointer operator->() const noexcept { return kind::arrow(at_); }
  reference operator[](difference_type n) const noexcept { return *(*this + n); }
  /** The record's sequence. After the last record: the sequence that the next record will have. */
  std::uint64_t sequence() const noexcept {
    return at_ != where() ? first_sequence_ + static_cast<std::uint64_t>(at_ - first_) : view_end(view_);
  }
  record_iterator &operator++() noexcept {
    if (++at_ == end_) next();
    return *this;
  }
  record_iterator operator++(int) noexcept {
    record_iterator was = *this;
    ++*this;
    return was;
  }
  record_iterator &operator--() noexcept {
    if (at_ == first_) previous();
    --at_;
    return *this;
  }
  record_iterator operator--(int) noexcept {
    record_iterator was = *this;
    --*this;
    return was;
  }
  record_iterator &operator+=(difference_type n) noexcept {
    const difference_type there = (at_ - first_) + n;
    if (there >= 0 && there < end_ - first_) {
      at_ = first_ + there;
    } else if (n != 0) {
      go(sequence() + static_cast<std::uint64_t>(n));
    }
    return *this;
  }
  record_iterator &operator-=(difference_type n) noexcept { return *this += -n; }
  friend record_iterator operator+(record_iterator a, difference_type n) noexcept { return a += n; }
  friend record_iterator operator+(difference_type n, record_iterator a) noexcept { return a += n; }
  friend record_iterator operator-(record_iterator a, difference_type n) noexcept { return a -= n; }
  friend difference_type operator-(const record_iterator &a, const record_iterator &b) noexcept {
    return static_cast<difference_type>(a.sequence() - b.sequence());
  }
  friend bool operator==(const record_iterator &a, const record_iterator &b) noexcept { return a.at_ == b.at_; }
  friend bool operator!=(const record_iterator &a, const record_iterator &b) noexcept { return a.at_ != b.at_; }
  friend bool operator<(const record_iterator &a, const record_iterator &b) noexcept { return a - b < 0; }
  friend bool operator>(const record_iterator &a, const record_iterator &b) noexcept { return a - b > 0; }
  friend bool operator<=(const record_iterator &a, const record_iterator &b) noexcept { return a - b <= 0; }
  friend bool operator>=(const record_iterator &a, const record_iterator &b) noexcept { return a - b >= 0; }

 private:
  using where = typename kind::iterator;

  friend class snapshot<T>;
  /** After the last record of a view. The view's end is looked up only when needed, so end() costs nothing. */
  constexpr explicit record_iterator(const alog_snapshot *view) noexcept : view_(view) {}

  void show(const alog_chunk &chunk) noexcept {
    at_ = first_ = kind::begin(chunk);
    end_ = kind::end(chunk);
    first_sequence_ = chunk.first_sequence;
  }
  void show_end() noexcept { at_ = first_ = end_ = where(); }

  ALOG_APART static std::uint64_t view_end(const alog_snapshot *view) noexcept {
    if (view == nullptr) return 0;
    alog::range all;
    const alog_status status = alog_snapshot_range(view, &all);
    if (status != ALOG_OK) detail::gone(status);
    return all.end;
  }
  /** Goes to the oldest record, or to the end if there is none. */
  void first() noexcept {
    if (view_ == nullptr) return;
    alog_chunk chunk;
    const alog_status status = alog_snapshot_chunk(view_, 0, &chunk);
    if (status == ALOG_OK) {
      show(chunk);
    } else if (status != ALOG_ERR_OUT_OF_RANGE) {
      detail::gone(status);
    }
  }
  void next() noexcept {
    const std::uint64_t sequence = first_sequence_ + static_cast<std::uint64_t>(end_ - first_);
    alog_chunk chunk;
    const alog_status status = alog_snapshot_chunk(view_, ++index_, &chunk);
    if (status == ALOG_OK && chunk.first_sequence == sequence) {
      show(chunk);
    } else if (status == ALOG_ERR_OUT_OF_RANGE) {
#ifndef NDEBUG
      if (view_end(view_) != sequence) detail::gone(status);
#endif
      show_end();
    } else {
      detail::gone(status);
    }
  }
  /** Goes to the end of the chunk before, for a step back from there. */
  void previous() noexcept {
    const loaded chunk = before(view_, index_, first_sequence_, at_ == where());
    index_ = chunk.index;
    show(chunk.raw);
    at_ = end_;
  }
  struct loaded {
    alog_chunk raw;
    std::size_t index;
  };
  /** Not inlined, and without the iterator: loops then keep the iterator in registers. */
  ALOG_APART static loaded before(const alog_snapshot *view, std::size_t index, std::uint64_t sequence,
                                  bool is_end) noexcept {
    loaded chunk{{}, (is_end ? alog_snapshot_chunk_count(view) : index) - 1};
    if (is_end) sequence = view_end(view);
    const alog_status status = alog_snapshot_chunk(view, chunk.index, &chunk.raw);
    if (status != ALOG_OK || chunk.raw.first_sequence + chunk.raw.count != sequence) detail::gone(status);
    return chunk;
  }
  /** Goes to the record with this sequence, or to the end. */
  void go(std::uint64_t sequence) noexcept {
    std::size_t index = 0, record = 0;
    alog_chunk chunk;
    alog_status status = alog_snapshot_find(view_, sequence, &index, &record);
    if (status == ALOG_OK) status = alog_snapshot_chunk(view_, index, &chunk);
    if (status == ALOG_OK) {
      index_ = index;
      show(chunk);
      at_ += detail::to<difference_type>(record);
    } else if (status == ALOG_ERR_OUT_OF_RANGE && sequence == view_end(view_)) {
      show_end();
    } else {
      detail::gone(status);
    }
  }

  const alog_snapshot *view_ = nullptr;
  std::size_t index_ = 0;  // of the chunk
  where at_{};             // all three are empty after the last record
  where first_{};          // the chunk's records
  where end_{};
  std::uint64_t first_sequence_ = 0;
};

namespace detail {

/** A range of two iterators of a snapshot. A copy shows the same. */
template <class Iterator>
class stretch {
 public:
  using value_type = typename Iterator::value_type;
  using iterator = Iterator;
  using const_iterator = Iterator;
  using reverse_iterator = std::reverse_iterator<Iterator>;
  using const_reverse_iterator = reverse_iterator;

  /** Empty. */
  constexpr stretch() noexcept = default;
  constexpr stretch(Iterator begin, Iterator end) noexcept : begin_(begin), end_(end) {}
  iterator begin() const noexcept { return begin_; }
  iterator end() const noexcept { return end_; }
  reverse_iterator rbegin() const noexcept { return reverse_iterator(end_); }
  reverse_iterator rend() const noexcept { return reverse_iterator(begin_); }
  template <class I = Iterator, class = decltype(std::declval<I>() - std::declval<I>())>
  std::size_t size() const noexcept {
    return static_cast<std::size_t>(end_ - begin_);
  }
  bool empty() const noexcept { return begin_ == end_; }
  template <class I = Iterator, class R = decltype(std::declval<I>()[0])>
  R operator[](std::size_t index) const noexcept {
    return begin_[static_cast<std::ptrdiff_t>(index)];
  }
  typename Iterator::reference front() const noexcept { return *begin_; }
  typename Iterator::reference back() const noexcept { return *--iterator(end_); }

 private:
  Iterator begin_{};
  Iterator end_{};
};

}  // namespace detail

/** All chunks of a snapshot: a range of chunk<T>. Valid until the snapshot is refreshed or ends. */
template <class T>
using chunk_range = detail::stretch<chunk_iterator<T>>;

/** The chunks of a range of records, cut at its ends. Valid until the snapshot is refreshed or ends. */
template <class T>
using cut_range = detail::stretch<cut_iterator<T>>;

/**
 * Records of a snapshot, across its chunks: a range of const T &, or of byte_view. Valid until the snapshot is
 * refreshed or ends.
 */
template <class T>
using record_range = detail::stretch<record_iterator<T>>;

/** What is unread, chunk by chunk: a range of chunk<T>. A loop over it reads, so it can run only once. */
template <class T>
class unread_range {
 public:
  struct sentinel {};

  class iterator {
   public:
    using value_type = chunk<T>;
    using reference = const chunk<T>;
    using pointer = detail::arrow<chunk<T>>;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    constexpr iterator() noexcept = default;
    explicit iterator(alog_cursor *cursor) noexcept : cursor_(cursor) { fetch(); }
    reference operator*() const noexcept { return chunk<T>(raw_); }
    pointer operator->() const noexcept { return pointer(chunk<T>(raw_)); }
    iterator &operator++() noexcept {
      fetch();
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator was = *this;
      fetch();
      return was;
    }
    friend bool operator==(const iterator &at, sentinel) noexcept { return at.cursor_ == nullptr; }
    friend bool operator!=(const iterator &at, sentinel) noexcept { return at.cursor_ != nullptr; }

   private:
    void fetch() noexcept {
      alog_chunk next;
      const alog_status status = alog_cursor_next(cursor_, &next);
      if (status == ALOG_OK) {
        raw_ = next;
      } else {
        if (status != ALOG_END && cursor_ != nullptr) detail::gone(status);
        cursor_ = nullptr;
      }
    }

    alog_cursor *cursor_ = nullptr;
    alog_chunk raw_{};
  };

  /** Empty. */
  constexpr unread_range() noexcept = default;
  constexpr explicit unread_range(alog_cursor *cursor) noexcept : cursor_(cursor) {}
  iterator begin() const noexcept { return iterator(cursor_); }
  sentinel end() const noexcept { return {}; }

 private:
  alog_cursor *cursor_ = nullptr;
};

/** A range together with its snapshot or cursor. A temporary handle returns this, so that a loop keeps the handle. */
template <class Handle, class Range>
class owning_range {
 public:
  /** Empty. */
  owning_range() noexcept = default;
  owning_range(Handle &&handle, Range range) noexcept : handle_(std::move(handle)), range_(range) {}
  owning_range(owning_range &&other) noexcept
      : handle_(std::move(other.handle_)), range_(std::exchange(other.range_, Range())) {}
  owning_range &operator=(owning_range &&other) noexcept {
    handle_ = std::move(other.handle_);
    range_ = std::exchange(other.range_, Range());
    return *this;
  }
  ~owning_range() = default;
  auto begin() const & noexcept { return range_.begin(); }
  auto end() const & noexcept { return range_.end(); }
  Range begin() const && = delete;  // its handle ends in this line: name the range first
  Range end() const && = delete;
  /** The range alone. Valid while this object exists. */
  const Range &range() const & noexcept { return range_; }
  const Range &range() const && = delete;

 private:
  Handle handle_{};
  Range range_{};
};

// A writer knows where its reservation and its group are. They tell the writer when they end or move, which gcc does
// not see.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif

namespace detail {

class reserved;

/** A writer's C handle, its newest reservation and its open group. It tells these two when they have ended. */
class writer_handle {
 public:
  constexpr writer_handle() noexcept = default;
  explicit writer_handle(alog_writer *raw) noexcept : raw_(raw), hot_(alog_writer_hot(raw)) {}
  writer_handle(writer_handle &&other) noexcept
      : raw_(std::exchange(other.raw_, nullptr)),
        hot_(std::exchange(other.hot_, nullptr)),
        room_(std::exchange(other.room_, nullptr)),
        group_(std::exchange(other.group_, nullptr)) {
    tell(this);
  }
  writer_handle &operator=(writer_handle &&other) noexcept {
    writer_handle moved(std::move(other));
    moved.swap(*this);
    return *this;
  }
  writer_handle(const writer_handle &) = delete;
  writer_handle &operator=(const writer_handle &) = delete;

  /** The C handle. It still belongs to this handle. NULL if this handle is empty. */
  alog_writer *get() const & noexcept { return raw_; }
  alog_writer *get() const && = delete;  // it ends in this line: name the handle first
  /** Gives the C handle away. This handle is then empty, and its reservation and group have ended. */
  [[nodiscard]] alog_writer *detach() noexcept {
    tell(nullptr);
    hot_ = nullptr;
    return std::exchange(raw_, nullptr);
  }
  /** Ends the C handle now. This handle is then empty. */
  void reset() noexcept { writer_handle().swap(*this); }
  /** Whether there is a C handle. */
  explicit operator bool() const noexcept { return raw_ != nullptr; }
  void swap(writer_handle &other) noexcept {
    std::swap(raw_, other.raw_);
    std::swap(hot_, other.hot_);
    std::swap(room_, other.room_);
    std::swap(group_, other.group_);
    tell(this);
    other.tell(&other);
  }

  /**
   * Ends the log for good, and the writer with it: alog_writer_finish. Write std::move(writer).finish().
   */
  status finish() & = delete;  // it ends the writer: std::move(writer).finish()
  status finish() && noexcept {
    const alog_status status = alog_writer_finish(raw_);
    if (status == ALOG_OK) static_cast<void>(detach());
    return status;
  }

 protected:
  ~writer_handle() {
    tell(nullptr);
    if (raw_ != nullptr) end(raw_);
  }
  /** What an append works on. NULL if the handle is empty. */
  alog_hot *hot() const noexcept { return hot_; }

 private:
  friend class reserved;
  friend class alog::open_group;

  /** Ends the reservation, because another one is the newest. */
  void end_room() noexcept;
  /** Tells both where the writer is now. NULL: they have ended. */
  void tell(writer_handle *writer) noexcept;

  alog_writer *raw_ = nullptr;
  alog_hot *hot_ = nullptr;
  reserved *room_ = nullptr;
  open_group *group_ = nullptr;
};

/** A reservation of any record type. */
class reserved {
 public:
  reserved(const reserved &) = delete;
  reserved &operator=(const reserved &) = delete;

 protected:
  constexpr reserved() noexcept : room_{}, writer_(nullptr) {}
  /** Empty if the status is not ALOG_OK. Otherwise it has ended the reservation before. */
  reserved(writer_handle &writer, std::size_t want, alog_status &status) noexcept
      : writer_(fill(writer, want, room_, status)) {
    if (status == ALOG_OK) {
      writer.room_ = this;
    } else {
      room_[0].capacity = 0;
    }
  }
  reserved(reserved &&other) noexcept : room_{other.room_[0]}, writer_(other.writer_) {
    if (writer_ != nullptr) writer_->room_ = this;
    other.ended();
  }
  ~reserved() {
    if (writer_ != nullptr) cancel();
  }

  status commit(std::size_t used) noexcept {
    if (writer_ == nullptr) return ALOG_ERR_STATE;
    writer_handle &writer = *writer_;
    const alog_status status = alog_writer_commit(writer.raw_, used);
    if (status == ALOG_OK) leave(writer);
    return status;
  }
  status cancel() noexcept {
    if (writer_ == nullptr) return ALOG_ERR_STATE;
    writer_handle &writer = *writer_;
    leave(writer);
    return alog_writer_cancel(writer.raw_);
  }
  void *data() const noexcept { return room_[0].data; }
  std::size_t size() const noexcept { return room_[0].capacity; }

 private:
  friend class writer_handle;

  /** The writer, if C filled in the room. Then the reservation before has ended. */
  static writer_handle *fill(writer_handle &writer, std::size_t want, alog_reservation *room,
                             alog_status &status) noexcept {
    status = alog_writer_reserve(writer.raw_, want, room);
    if (status != ALOG_OK) return nullptr;
    if (writer.room_ != nullptr) writer.end_room();
    return &writer;
  }
  void leave(writer_handle &writer) noexcept {
    writer.room_ = nullptr;
    ended();
  }
  void ended() noexcept {
    room_[0].capacity = 0;
    writer_ = nullptr;
  }

  alog_reservation room_[1];  // first, and an array that C fills in: this saves instructions
  writer_handle *writer_;     // NULL if it has ended
};

}  // namespace detail

/**
 * Room in the log that the writer fills before it commits: a range of T, or the bytes of one record. When the object is
 * destroyed, it cancels the reservation, unless that was committed.
 *
 * A reservation also ends with the calls that alog_writer_reserve lists, and with the writer's handle. Then commit and
 * cancel return ALOG_ERR_STATE and do nothing. After an append, do not write to the room any more: nothing warns of it.
 * The object moves, but is not assigned. Its writer may move, too.
 */
template <class T>
class [[nodiscard]] reservation : private detail::reserved {
 public:
  using element_type = typename detail::kind<T>::element;

  /** Empty. */
  constexpr reservation() noexcept = default;
  reservation(reservation &&) noexcept = default;

  /** Not initialised: assign to each element that you use, or make it there with new. */
  span<element_type> room() const & noexcept { return {data(), size()}; }
  element_type *data() const & noexcept { return static_cast<element_type *>(reserved::data()); }
  std::size_t size() const noexcept { return reserved::size(); }
  element_type *begin() const & noexcept { return data(); }
  element_type *end() const & noexcept { return data() + size(); }
  element_type &operator[](std::size_t index) const & noexcept { return data()[index]; }
  span<element_type> room() const && = delete;  // it is cancelled in this line: name the reservation first
  element_type *data() const && = delete;
  element_type *begin() const && = delete;
  element_type *end() const && = delete;
  element_type &operator[](std::size_t index) const && = delete;

  /** alog_writer_commit. If used exceeds size(), it returns ALOG_ERR_ARGUMENT, and the reservation stays. */
  [[nodiscard]] status commit(std::size_t used) noexcept { return reserved::commit(used); }
  /** Commits all of it. */
  [[nodiscard]] status commit() noexcept { return reserved::commit(size()); }
  /** alog_writer_cancel. */
  status cancel() noexcept { return reserved::cancel(); }

 private:
  friend class detail::writer_base<T>;
  friend class result<reservation>;
  reservation(detail::writer_handle &writer, std::size_t want, alog_status &status) noexcept
      : reserved(writer, want, status) {}
};

/**
 * An open group of a writer. What the writer appends and commits stays invisible until the group is published. When the
 * object is destroyed, it abandons the group, unless that was published. If the group ended in another way, as with its
 * writer's handle, publish and abandon return ALOG_ERR_STATE and do nothing. The object moves, but is not assigned. Its
 * writer may move, too.
 */
class [[nodiscard]] open_group {
 public:
  /** Empty. */
  constexpr open_group() noexcept = default;
  open_group(open_group &&other) noexcept : writer_(std::exchange(other.writer_, nullptr)) {
    if (writer_ != nullptr) writer_->group_ = this;
  }
  open_group(const open_group &) = delete;
  open_group &operator=(const open_group &) = delete;
  ~open_group() { abandon(); }

  /** alog_writer_publish. */
  status publish() noexcept { return finish(alog_writer_publish); }
  /** alog_writer_abandon. */
  status abandon() noexcept { return finish(alog_writer_abandon); }

 private:
  friend class detail::writer_handle;
  friend class result<open_group>;
  /** Empty if the status is not ALOG_OK. Otherwise an object that held the group before has not yet noticed its end. */
  open_group(detail::writer_handle &writer, alog_status &status) noexcept {
    status = alog_writer_begin(writer.raw_);
    if (status != ALOG_OK) return;
    if (writer.group_ != nullptr) writer.group_->writer_ = nullptr;
    writer.group_ = this;
    writer_ = &writer;
  }
  template <class End>
  status finish(End end) noexcept {
    if (writer_ == nullptr) return ALOG_ERR_STATE;
    detail::writer_handle &writer = *std::exchange(writer_, nullptr);
    writer.group_ = nullptr;
    return end(writer.raw_);
  }

  detail::writer_handle *writer_ = nullptr;
};

namespace detail {

ALOG_COLD inline void writer_handle::end_room() noexcept { std::exchange(room_, nullptr)->ended(); }

inline void writer_handle::tell(writer_handle *writer) noexcept {
  if (room_ != nullptr && writer != nullptr) room_->writer_ = writer;
  if (room_ != nullptr && writer == nullptr) std::exchange(room_, nullptr)->ended();
  if (group_ != nullptr) group_->writer_ = writer;
  if (writer == nullptr) group_ = nullptr;
}

}  // namespace detail

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic pop
#endif

namespace detail {

/** What writers of both kinds have. */
template <class T>
class writer_base : public writer_handle {
 public:
  using writer_handle::writer_handle;
  constexpr writer_base() noexcept = default;
  writer_base(writer_base &&) noexcept = default;
  writer_base &operator=(writer_base &&) noexcept = default;

  /** Opens a group: alog_writer_begin. It is abandoned unless it is published. */
  result<open_group> group() & noexcept {
    return result<open_group>(detail::by_call_t(), ALOG_OK, static_cast<detail::writer_handle &>(*this));
  }
  result<open_group> group() && = delete;  // it ends with its writer: name the writer first
  /** alog_writer_reserve. For T: room for 1 to `want` records in a row. For bytes: `want` bytes for one record. */
  result<reservation<T>> reserve(std::size_t want) & noexcept {
    return result<reservation<T>>(detail::by_call_t(), ALOG_OK, static_cast<detail::writer_handle &>(*this), want);
  }
  result<reservation<T>> reserve(std::size_t want) && = delete;  // it ends with its writer: name the writer first
  /** alog_writer_next_sequence. */
  std::uint64_t next_sequence() const noexcept { return alog_writer_next_sequence(get()); }
  /** Continues at a later sequence: alog_writer_skip. */
  [[nodiscard]] status skip_to(std::uint64_t next_sequence) noexcept { return alog_writer_skip(get(), next_sequence); }
  /** alog_writer_notify. */
  status notify() noexcept { return alog_notify_inline(get(), hot()); }
  /** alog_writer_trim. */
  status trim() noexcept { return alog_writer_trim(get()); }
  /** alog_writer_log. */
  alog::log<T> log() const noexcept { return alog::log<T>(alog_writer_log(get())); }

 protected:
  ~writer_base() = default;
};

}  // namespace detail

/** The one writer of a log of T. Unique. One thread at a time; it may move from thread to thread. */
template <class T>
class writer : public detail::writer_base<T> {
 public:
  using detail::writer_base<T>::writer_base;

  /** Appends one record, copied: alog_writer_append. */
  [[nodiscard]] ALOG_INLINE_ status append(const T &record) noexcept {
    return alog_append_inline(this->get(), this->hot(), &record, sizeof(T));
  }
  /** Appends many records, visible all at once: alog_writer_append_batch. */
  [[nodiscard]] status append_batch(span<const T> records) noexcept {
    return append_batch(records.data(), records.size());
  }
  [[nodiscard]] status append_batch(const T *records, std::size_t count) noexcept {
    return alog_writer_append_batch(this->get(), records, count);
  }
  /**
   * Makes one record in the log from `arguments`: a reserve and a commit, usually without a call. For a large T this
   * copies less than append. If the constructor throws, nothing was appended.
   */
  template <class... Arguments>
  [[nodiscard]] status emplace(Arguments &&...arguments) noexcept(makes_without_throwing<Arguments...>()) {
#if ALOG_INLINE
    alog_hot *const hot = this->hot();
    if (hot != nullptr && hot->record_size == sizeof(T)) {
      if (hot->word < hot->limit) return emplace_inline(hot, std::forward<Arguments>(arguments)...);
      if (hot->word < hot->notify_limit) {
        const status made = emplace_inline(hot, std::forward<Arguments>(arguments)...);
        if (made) alog_wake_(this->get(), hot);
        return made;
      }
    }
#endif
    return emplace_by_call(std::forward<Arguments>(arguments)...);
  }

 private:
  /** Cancels the reservation. */
  struct undo {
    alog_writer *writer;
    ~undo() {
      if (writer != nullptr) alog_writer_cancel(writer);
    }
  };

#if ALOG_INLINE
  /**
   * While a record is made, hot has limits that the library never sets. Afterwards it gets the old limits back, if
   * these are still there.
   */
  class making {
   public:
    making(const writer &writer, alog_hot *hot, const alog_hot &before) noexcept
        : writer_(writer), hot_(hot), before_(before) {
      hot->limit = hot->notify_limit = limit;
    }
    making(const making &) = delete;
    making &operator=(const making &) = delete;
    ~making() {
      if (!are_there()) return;
      hot_->limit = before_.limit;
      hot_->notify_limit = before_.notify_limit;
    }
    bool are_there() const noexcept {
      return writer_.hot() == hot_ && hot_->limit == limit && hot_->notify_limit == limit;
    }

   private:
    static constexpr std::uint64_t limit = 1;
    const writer &writer_;
    alog_hot *hot_;
    const alog_hot &before_;
  };

  /** Makes a record where the next one goes, and publishes it. */
  template <class... Arguments>
  status emplace_inline(alog_hot *hot, Arguments &&...arguments) noexcept(makes_without_throwing<Arguments...>()) {
    // Read first: for the compiler, the new record may overwrite anything.
    const alog_hot before = *hot;
    if constexpr (std::is_trivially_constructible_v<T, Arguments...>) {
      make(before.slot, std::forward<Arguments>(arguments)...);
    } else {
      // The constructor may use this writer. This ends the record that is being made, as it ends a reservation. Then
      // the word has moved, or the library has set other limits, with which nothing is done inline.
      const making limits(*this, hot, before);
      make(before.slot, std::forward<Arguments>(arguments)...);
      if (!limits.are_there() || hot->word != before.word) return ALOG_ERR_STATE;
    }
    hot->slot = before.slot + before.stride;
    hot->word = before.word + 1;
    alog_store_(before.target, before.word + 1);
    return ALOG_OK;
  }
#endif
  template <class... Arguments>
  ALOG_APART status emplace_by_call(Arguments &&...arguments) noexcept(makes_without_throwing<Arguments...>()) {
    alog_reservation room;
    const alog_status status = alog_writer_reserve(this->get(), 1, &room);
    if (status != ALOG_OK) return status;
    undo undo_unless{makes_without_throwing<Arguments...>() ? nullptr : this->get()};
    make(room.data, std::forward<Arguments>(arguments)...);
    undo_unless.writer = nullptr;
    return alog_writer_commit(this->get(), 1);
  }
  template <class... Arguments>
  static constexpr bool makes_without_throwing() noexcept {
    if constexpr (std::is_constructible_v<T, Arguments...>) {
      return std::is_nothrow_constructible_v<T, Arguments...>;
    } else {
      return noexcept(T{std::declval<Arguments>()...});
    }
  }
  template <class... Arguments>
  static void make(void *at, Arguments &&...arguments) noexcept(makes_without_throwing<Arguments...>()) {
    if constexpr (std::is_constructible_v<T, Arguments...>) {
      ::new (at) T(std::forward<Arguments>(arguments)...);
    } else {
      ::new (at) T{std::forward<Arguments>(arguments)...};
    }
  }
};

/** The one writer of a log of bytes. Unique. One thread at a time; it may move from thread to thread. */
template <>
class writer<bytes> : public detail::writer_base<bytes> {
 public:
  using detail::writer_base<bytes>::writer_base;

  /** Appends one record of any size, copied: alog_writer_append. */
  [[nodiscard]] ALOG_INLINE_ status append(const void *data, std::size_t size) noexcept {
    return alog_append_bytes_inline(get(), hot(), data, size);
  }
  [[nodiscard]] ALOG_INLINE_ status append(byte_view record) noexcept { return append(record.data(), record.size()); }
  [[nodiscard]] ALOG_INLINE_ status append(std::string_view record) noexcept {
    return append(record.data(), record.size());
  }
  /** Appends one record per slice, visible all at once: alog_writer_append_slices. */
  [[nodiscard]] status append_batch(span<const slice> records) noexcept {
    return alog_writer_append_slices(get(), records.data(), records.size());
  }
  /** Appends records that lie back to back, visible all at once: alog_writer_append_packed. */
  [[nodiscard]] status append_packed(const void *data, span<const std::uint32_t> sizes) noexcept {
    return alog_writer_append_packed(get(), data, sizes.data(), sizes.size());
  }
};

/**
 * A reader that follows the log: a view of its own, and the sequence of the next unread record. Unique. One thread at a
 * time.
 */
template <class T>
class cursor : public detail::unique<alog_cursor> {
 public:
  using detail::unique<alog_cursor>::unique;

  /** What is unread of one segment: alog_cursor_next. After the last chunk the status is ALOG_END. */
  result<alog::chunk<T>> next() & noexcept {
    alog_chunk raw;
    const alog_status status = alog_cursor_next(get(), &raw);
    if (status != ALOG_OK) return status;
    return alog::chunk<T>(raw);
  }
  result<alog::chunk<T>> next() && = delete;  // the chunk ends with its cursor: name the cursor first
  /** The same for a loop, which reads: for (auto chunk : cursor.unread()). */
  unread_range<T> unread() & noexcept { return unread_range<T>(get()); }
  /** For a temporary: the loop keeps the cursor. */
  owning_range<cursor, unread_range<T>> unread() && noexcept {
    const unread_range<T> all = unread();
    return {std::move(*this), all};
  }
  /**
   * The next unread record of a log of T, without a call: alog_next_inline. It reads on in the newest segment in view,
   * also what was published since the last refresh. nullptr: nothing is new, or the next record lies in another
   * segment. Then call refresh(delta), which tells what was lost, and continue with unread().
   */
  template <class U = T, std::enable_if_t<!std::is_same_v<U, bytes>, int> = 0>
  const T *read_on() & noexcept {
    if (this->follower == nullptr) this->follower = alog_cursor_follower(get());
    return static_cast<const T *>(alog_next_inline(this->follower));
  }
  template <class U = T, std::enable_if_t<!std::is_same_v<U, bytes>, int> = 0>
  const T *read_on() && = delete;  // the record ends with its cursor: name the cursor first
  /** alog_cursor_seek. */
  status seek(std::uint64_t sequence) noexcept { return alog_cursor_seek(get(), sequence); }
  /** alog_cursor_refresh: ALOG_OK, or ALOG_UNCHANGED if nothing was published since the last one. */
  news refresh() noexcept { return alog_cursor_refresh(get(), nullptr); }
  /** The same. `out` receives what there is to read now, and what was lost. */
  news refresh(delta &out) noexcept { return alog_cursor_refresh(get(), &out); }
  /**
   * alog_cursor_wait: ALOG_OK, ALOG_TIMEOUT, ALOG_INTERRUPTED or ALOG_FINISHED. A timeout of 0 or less only looks.
   */
  template <class Rep, class Period>
  news wait(std::chrono::duration<Rep, Period> timeout) noexcept {
    return alog_cursor_wait(get(), detail::nanoseconds(timeout));
  }
  /** Waits without a timeout. */
  news wait() noexcept { return alog_cursor_wait(get(), ALOG_WAIT_FOREVER); }
  /** alog_cursor_wait_since: also ends if log::interrupts() is no longer `interrupts`. */
  template <class Rep, class Period>
  news wait_since(std::chrono::duration<Rep, Period> timeout, std::uint64_t interrupts) noexcept {
    return alog_cursor_wait_since(get(), detail::nanoseconds(timeout), interrupts);
  }
  /** Waits without a timeout. */
  news wait_since(std::uint64_t interrupts) noexcept {
    return alog_cursor_wait_since(get(), ALOG_WAIT_FOREVER, interrupts);
  }
  /** alog_cursor_position. */
  std::uint64_t position() const noexcept { return alog_cursor_position(get()); }
  /** Pins the segment of the chunk that was read last: alog_cursor_pin. */
  result<segment> pin() const noexcept {
    alog_segment *raw = nullptr;
    const alog_status status = alog_cursor_pin(get(), &raw);
    return detail::made<segment>(status, raw);
  }
};

/** Where a record lies in a snapshot. */
struct place {
  /** The index of its chunk. */
  std::size_t chunk;
  /** Its place in the chunk: 0 is the first. */
  std::size_t record;
};

/**
 * A stable view of the records that were retained when it was taken, or when it was last refreshed: a range of const T
 * &, or of byte_view. Unique. Many threads may make const calls at once. While another call runs, no other call may
 * run. A refresh ends its iterators.
 */
template <class T>
class snapshot : public detail::unique<alog_snapshot> {
  using kind = detail::kind<T>;

 public:
  using value_type = typename kind::value;
  using iterator = record_iterator<T>;
  using const_iterator = iterator;
  using reverse_iterator = std::reverse_iterator<iterator>;
  using const_reverse_iterator = reverse_iterator;

  using detail::unique<alog_snapshot>::unique;

  /** alog_snapshot_refresh: ALOG_OK, or ALOG_UNCHANGED if nothing was published since the last one. */
  news refresh() noexcept {
    if (this->glance == nullptr) this->glance = alog_snapshot_glance(get());
    return alog_refresh_inline(get(), this->glance);
  }
  /** The same. `out` receives what is new, and what was lost. */
  news refresh(delta &out) noexcept { return alog_snapshot_refresh(get(), &out); }
  /**
   * alog_snapshot_wait: ALOG_OK, ALOG_TIMEOUT, ALOG_INTERRUPTED or ALOG_FINISHED. A timeout of 0 or less only looks.
   */
  template <class Rep, class Period>
  news wait(std::chrono::duration<Rep, Period> timeout) const noexcept {
    return alog_snapshot_wait(get(), detail::nanoseconds(timeout));
  }
  /** Waits without a timeout. */
  news wait() const noexcept { return alog_snapshot_wait(get(), ALOG_WAIT_FOREVER); }
  /** alog_snapshot_wait_since: also ends if log::interrupts() is no longer `interrupts`. */
  template <class Rep, class Period>
  news wait_since(std::chrono::duration<Rep, Period> timeout, std::uint64_t interrupts) const noexcept {
    return alog_snapshot_wait_since(get(), detail::nanoseconds(timeout), interrupts);
  }
  /** Waits without a timeout. */
  news wait_since(std::uint64_t interrupts) const noexcept {
    return alog_snapshot_wait_since(get(), ALOG_WAIT_FOREVER, interrupts);
  }

  /** alog_snapshot_range. */
  result<alog::range> range() const noexcept {
    alog::range out;
    const alog_status status = alog_snapshot_range(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** The records of the newest publication, all in view: alog_snapshot_latest. */
  result<alog::range> latest() const noexcept {
    alog::range out;
    const alog_status status = alog_snapshot_latest(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** alog_snapshot_len. */
  std::uint64_t size() const noexcept { return alog_snapshot_len(get()); }
  bool empty() const noexcept { return size() == 0; }

  /** The record, where it lies: alog_snapshot_record. ALOG_ERR_OUT_OF_RANGE if it is not in view. */
  result<typename kind::reference> record(std::uint64_t sequence) const & noexcept {
    alog_slice raw;
    const alog_status status = alog_snapshot_record(get(), sequence, &raw);
    if (status != ALOG_OK) return status;
    return kind::record(raw);
  }
  result<typename kind::reference> record(std::uint64_t sequence) const && = delete;  // it ends in this line
  /** In which chunk the record lies, and at which place: alog_snapshot_find. */
  result<place> find(std::uint64_t sequence) const noexcept {
    place out;
    const alog_status status = alog_snapshot_find(get(), sequence, &out.chunk, &out.record);
    if (status != ALOG_OK) return status;
    return out;
  }
  /**
   * The oldest record is [0]. `index` must be less than size(), or the program aborts. Bytes: a binary search among the
   * segments.
   */
  typename kind::reference operator[](std::uint64_t index) const & noexcept { return at(all().begin + index); }
  /** The oldest record. There must be one. */
  typename kind::reference front() const & noexcept { return at(all().begin); }
  /** The newest record. There must be one. */
  typename kind::reference back() const & noexcept { return at(all().end - 1); }
  typename kind::reference operator[](std::uint64_t index) const && = delete;  // it ends in this line
  typename kind::reference front() const && = delete;
  typename kind::reference back() const && = delete;

  /** All records, oldest first. Two nested loops, over chunks() and each chunk, are the fastest. */
  iterator begin() const & noexcept {
    iterator at(get());
    at.first();
    return at;
  }
  iterator end() const & noexcept { return iterator(get()); }
  /** All records, newest first. */
  reverse_iterator rbegin() const & noexcept { return reverse_iterator(end()); }
  reverse_iterator rend() const & noexcept { return reverse_iterator(begin()); }
  iterator begin() const && = delete;  // what it shows ends in this line: name the snapshot first
  iterator end() const && = delete;
  reverse_iterator rbegin() const && = delete;
  reverse_iterator rend() const && = delete;
  /**
   * The records with these sequences, such as latest(). ALOG_ERR_OUT_OF_RANGE if one is not in view. An empty range has
   * no records.
   */
  result<record_range<T>> records(alog::range sequences) const & noexcept {
    alog::range all;
    const alog_status status = within(sequences, all);
    if (status != ALOG_OK) return status;
    if (sequences.begin == sequences.end) return record_range<T>();
    iterator first(get()), last(get());
    first.go(sequences.begin);
    if (sequences.end != all.end) last.go(sequences.end);
    return record_range<T>(first, last);
  }
  result<record_range<T>> records(alog::range sequences) const && = delete;
  /** For a temporary: the range keeps the snapshot. */
  result<owning_range<snapshot, record_range<T>>> records(alog::range sequences) && noexcept {
    const result<record_range<T>> some = records(sequences);
    if (!some) return some.status();
    return owning_range<snapshot, record_range<T>>(std::move(*this), *some);
  }

  /** alog_snapshot_chunk_count. */
  std::size_t chunk_count() const noexcept { return alog_snapshot_chunk_count(get()); }
  /** One chunk, where 0 is the oldest: alog_snapshot_chunk. */
  result<alog::chunk<T>> chunk(std::size_t index) const & noexcept {
    alog_chunk raw;
    const alog_status status = alog_snapshot_chunk(get(), index, &raw);
    if (status != ALOG_OK) return status;
    return alog::chunk<T>(raw);
  }
  result<alog::chunk<T>> chunk(std::size_t index) const && = delete;  // it ends in this line: name the snapshot first
  /** All chunks, oldest first: for (auto chunk : view.chunks()) for (const T &record : chunk). */
  chunk_range<T> chunks() const & noexcept {
    if (get() == nullptr) return {};
    alog_chunk oldest;
    const alog_status status = alog_snapshot_chunk(get(), 0, &oldest);
    if (status == ALOG_ERR_OUT_OF_RANGE) return {};
    if (status != ALOG_OK) detail::gone(status);
    return chunk_range<T>({get(), 0, oldest.segment_sequence}, {get(), chunk_count(), oldest.segment_sequence});
  }
  chunk_range<T> chunks() const && = delete;
  /** For a temporary: the loop keeps the snapshot. */
  owning_range<snapshot, chunk_range<T>> chunks() && noexcept {
    const chunk_range<T> all = chunks();
    return {std::move(*this), all};
  }
  /**
   * The chunks of a range of records, such as latest(), cut at the ends of the range: alog_snapshot_chunks_in.
   * ALOG_ERR_OUT_OF_RANGE if a record is not in view. An empty range has no chunks.
   */
  result<cut_range<T>> chunks_in(alog::range sequences) const & noexcept {
    alog_chunk first;
    std::size_t written = 0;
    const alog_status status = alog_snapshot_chunks_in(get(), sequences, 1, &first, &written);
    if (status != ALOG_OK) return status;
    if (written == 0) first = {};
    return cut_range<T>({get(), sequences, first}, {get(), sequences});
  }
  result<cut_range<T>> chunks_in(alog::range sequences) const && = delete;
  /** For a temporary: the range keeps the snapshot. */
  result<owning_range<snapshot, cut_range<T>>> chunks_in(alog::range sequences) && noexcept {
    const result<cut_range<T>> some = chunks_in(sequences);
    if (!some) return some.status();
    return owning_range<snapshot, cut_range<T>>(std::move(*this), *some);
  }
  /** Pins the segment of one chunk: alog_snapshot_pin. */
  result<segment> pin(std::size_t index) const noexcept {
    alog_segment *raw = nullptr;
    const alog_status status = alog_snapshot_pin(get(), index, &raw);
    return detail::made<segment>(status, raw);
  }

  /** alog_snapshot_clone. */
  result<snapshot> clone() const noexcept {
    alog_snapshot *raw = nullptr;
    const alog_status status = alog_snapshot_clone(get(), &raw);
    return detail::made<snapshot>(status, raw);
  }
  /** A cursor over what this snapshot shows, from its first record: alog_cursor_create. */
  result<alog::cursor<T>> cursor() const noexcept {
    alog_cursor *raw = nullptr;
    const alog_status status = alog_cursor_create(get(), &raw);
    return detail::made<alog::cursor<T>>(status, raw);
  }
  /** alog_snapshot_log. */
  alog::log<T> log() const noexcept { return alog::log<T>(alog_snapshot_log(get())); }
  /** alog_snapshot_stats. */
  result<alog_view_stats> stats() const noexcept {
    alog_view_stats out = ALOG_VIEW_STATS_INIT;
    const alog_status status = alog_snapshot_stats(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }

 private:
  /** ALOG_OK if the range is in view, or empty. */
  alog_status within(alog::range sequences, alog::range &all) const noexcept {
    const alog_status status = alog_snapshot_range(get(), &all);
    if (status != ALOG_OK || sequences.begin == sequences.end) return status;
    const bool inside = sequences.begin < sequences.end && sequences.begin >= all.begin && sequences.end <= all.end;
    return inside ? ALOG_OK : ALOG_ERR_OUT_OF_RANGE;
  }
  alog::range all() const noexcept {
    alog::range out;
    const alog_status status = alog_snapshot_range(get(), &out);
    if (status != ALOG_OK) detail::fault("an empty snapshot has no records", status);
    return out;
  }
  typename kind::reference at(std::uint64_t sequence) const noexcept {
    alog_slice raw;
    const alog_status status = alog_snapshot_record(get(), sequence, &raw);
    if (status != ALOG_OK) detail::fault("there is no such record in the snapshot", status);
    return kind::record(raw);
  }
};

/** Where a cursor begins. */
enum class start : alog_start {
  /** At the oldest retained record. */
  oldest = ALOG_START_OLDEST,
  /** After the newest record: the cursor reads what is published from now on. */
  next = ALOG_START_NEXT,
};

/** A log of records of type T, or of bytes. Counted: a copy is the same log. Any thread. */
template <class T>
class log : public detail::counted<alog_log> {
  using kind = detail::kind<T>;

 public:
  using detail::counted<alog_log>::counted;

  /**
   * Creates a log: alog_log_create_fixed, or alog_log_create_bytes. The record size is the size of T. Records lie as in
   * an array of T: leave record_align unset, and use alignas on T; or set it to a divisor of the size. If the options
   * are refused, message() tells which one is wrong, as alog_options_problem does.
   */
  static result<log> create(const alog::options &options) noexcept {
    alog_log *raw = nullptr;
    const detail::reason<log> why = kind::create(options.get(), &raw);
    if (why.status != ALOG_OK) return result<log>(why);
    return result<log>(std::in_place, raw);
  }
  /**
   * Takes over one count of a C handle, if its records are like T. If not, it returns ALOG_ERR_KIND or
   * ALOG_ERR_ARGUMENT, and the count still belongs to the caller. The constructor takes over without a check.
   */
  static result<log> adopt(alog_log *raw) noexcept {
    alog_options resolved = ALOG_OPTIONS_INIT;
    const alog_status status = alog_log_options(raw, &resolved);
    if (status != ALOG_OK) return status;
    const detail::reason<log> why = kind::fits(resolved);
    if (why.status != ALOG_OK) return result<log>(why);
    return result<log>(std::in_place, raw);
  }

  /** alog_writer_claim. */
  result<alog::writer<T>> claim() const noexcept {
    alog_writer *raw = nullptr;
    const alog_status status = alog_writer_claim(get(), &raw);
    return detail::made<alog::writer<T>>(status, raw);
  }
  /** alog_snapshot_create. */
  result<alog::snapshot<T>> snapshot() const noexcept {
    alog_snapshot *raw = nullptr;
    const alog_status status = alog_snapshot_create(get(), &raw);
    return detail::made<alog::snapshot<T>>(status, raw);
  }
  /** alog_cursor_open. */
  result<alog::cursor<T>> cursor(start from) const noexcept {
    alog_cursor *raw = nullptr;
    const alog_status status = alog_cursor_open(get(), static_cast<alog_start>(from), &raw);
    return detail::made<alog::cursor<T>>(status, raw);
  }
  /** alog_log_range. */
  result<alog::range> range() const noexcept {
    alog::range out;
    const alog_status status = alog_log_range(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** alog_log_interrupt. */
  status interrupt() const noexcept { return alog_log_interrupt(get()); }
  /** alog_log_interrupts: read it before you look at your stop flag, and pass it to wait_since. */
  std::uint64_t interrupts() const noexcept { return alog_log_interrupts(get()); }
  /** alog_log_is_finished. */
  bool is_finished() const noexcept { return alog_log_is_finished(get()); }
  /** alog_log_has_writer. */
  bool has_writer() const noexcept { return alog_log_has_writer(get()); }
  /** The options, with all defaults filled in: alog_log_options. */
  result<alog_options> options() const noexcept {
    alog_options out = ALOG_OPTIONS_INIT;
    const alog_status status = alog_log_options(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** The state of the log as text, cut to `size` bytes: alog_log_describe. Returns the length of the full text. */
  std::size_t describe(char *buffer, std::size_t size) const noexcept { return alog_log_describe(get(), buffer, size); }
  /** alog_log_stats. */
  result<alog_stats> stats() const noexcept {
    alog_stats out = ALOG_STATS_INIT;
    const alog_status status = alog_log_stats(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
};

namespace detail {

template <class M>
struct is_std_array : std::false_type {};
template <class M, std::size_t N>
struct is_std_array<std::array<M, N>> : std::true_type {};

/** The ALOG_TYPE_* of a member, or of an array's elements. */
template <class M>
constexpr std::uint32_t field_type() noexcept {
  if constexpr (std::is_array_v<M>) {
    return field_type<std::remove_cv_t<std::remove_all_extents_t<M>>>();
  } else if constexpr (is_std_array<M>::value) {
    return field_type<std::remove_cv_t<typename M::value_type>>();
  } else if constexpr (std::is_enum_v<M>) {
    return field_type<std::underlying_type_t<M>>();
  } else if constexpr (std::is_same_v<M, bool>) {
    return ALOG_TYPE_BOOL;
  } else if constexpr (std::is_same_v<M, char>) {
    return ALOG_TYPE_CHAR;
  } else if constexpr (std::is_same_v<M, float>) {
    return ALOG_TYPE_F32;
  } else if constexpr (std::is_same_v<M, double>) {
    return ALOG_TYPE_F64;
  } else {
    static_assert(std::is_integral_v<M> && sizeof(M) <= 8,
                  "a field is an integer, an enumeration, a bool, a char, a float or a double, or an array of these");
    constexpr bool is_signed = std::is_signed_v<M>;
    switch (sizeof(M)) {
      case 1:
        return is_signed ? ALOG_TYPE_I8 : ALOG_TYPE_U8;
      case 2:
        return is_signed ? ALOG_TYPE_I16 : ALOG_TYPE_U16;
      case 4:
        return is_signed ? ALOG_TYPE_I32 : ALOG_TYPE_U32;
      default:
        return is_signed ? ALOG_TYPE_I64 : ALOG_TYPE_U64;
    }
  }
}

/** The field for a member. */
template <class T, class M>
constexpr alog_field field(const char *name, std::size_t offset) noexcept {
  static_assert(std::is_standard_layout_v<T>, "the members of T have places only if T has a standard layout");
  const std::uint32_t type = field_type<std::remove_cv_t<M>>();
  return {name, type, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(sizeof(M) / (type & 0xff))};
}

}  // namespace detail

/** The members of T, for a recorder. Made by ALOG_FIELDS. Plain data. */
template <class T>
class fields {
 public:
  /** From an array, for other names than the members'. The array must exist while the recorder is used. */
  template <std::size_t N>
  constexpr explicit fields(const alog_field (&list)[N]) noexcept : list_(list, N) {}
  template <std::size_t N>
  fields(const alog_field (&&)[N]) = delete;  // it would no longer exist: name it first

  /** The C struct. */
  constexpr span<const alog_field> get() const noexcept { return list_; }

 private:
  span<const alog_field> list_;
};

/**
 * How the records of one log are recorded. alog_channel explains each member. The texts must exist while the recorder
 * is used: literals do.
 */
class channel {
 public:
  /** For records with fields: "/ticks", "market/msg/Tick". */
  constexpr channel(const char *topic, const char *schema_name) noexcept {
    raw_.topic = topic;
    raw_.schema_name = schema_name;
  }
  /** From C options. */
  constexpr explicit channel(const alog_channel &raw) noexcept : raw_(raw) {}
  /** For records without fields: "/lines", "json". */
  static constexpr channel encoded(const char *topic, const char *message_encoding) noexcept {
    channel made(topic, nullptr);
    made.raw_.message_encoding = message_encoding;
    return made;
  }

  /** For records without fields: the schema, such as "Line", "jsonschema", and its text, which is not copied. */
  constexpr channel schema(const char *name, const char *encoding, std::string_view text) const noexcept {
    channel other = *this;
    other.raw_.schema_name = name;
    other.raw_.schema_encoding = encoding;
    other.raw_.schema = text.data();
    other.raw_.schema_size = text.size();
    return other;
  }
  /** Where a record has its time, a uint64_t in nanoseconds: offsetof(tick, time). */
  constexpr channel time_offset(std::size_t bytes) const noexcept {
    channel other = *this;
    other.raw_.time_offset = static_cast<std::uint32_t>(bytes);
    return other;
  }
  /** Writes only this many of the newest records. */
  constexpr channel max_records(std::uint64_t records) const noexcept {
    channel other = *this;
    other.raw_.max_records = records;
    return other;
  }
  /** Writes only records whose time is at most this much before the time of the newest record. */
  constexpr channel max_age(std::uint64_t age) const noexcept {
    channel other = *this;
    other.raw_.max_age = age;
    return other;
  }

  /** The C struct. */
  constexpr const alog_channel &get() const & noexcept { return raw_; }
  constexpr alog_channel get() && noexcept { return raw_; }

 private:
  alog_channel raw_ = ALOG_CHANNEL_INIT;
};

/**
 * Writes what logs hold to an MCAP file, which Foxglove, PlotJuggler, Rerun and others open. It keeps a count of each
 * log. It cannot be copied or moved. Only one thread may call add(), and not while another thread records. Any thread
 * may call the other functions.
 */
class recorder {
 public:
  /** A recorder without a sink, for write_fd(): alog_recorder_init. */
  recorder() noexcept { alog_recorder_init(&raw_, nullptr); }
  /**
   * A recorder with a sink: alog_recorder_init. write() calls `sink` with a byte_view of each piece. The sink must
   * exist while the recorder is used. It returns ALOG_OK, or an error such as ALOG_ERR_IO, which ends the recording. It
   * must not throw.
   */
  template <class Sink, class = std::enable_if_t<std::is_invocable_r_v<alog::status, Sink &, byte_view>>>
  explicit recorder(Sink &sink) noexcept {
    const alog_sink raw = {const_cast<std::remove_const_t<Sink> *>(&sink), call<Sink>};
    alog_recorder_init(&raw_, &raw);
  }
  template <class Sink, class = std::enable_if_t<std::is_invocable_r_v<alog::status, Sink &, byte_view>>>
  explicit recorder(const Sink &&sink) = delete;  // it would no longer exist: name it first
  recorder(const recorder &) = delete;
  recorder &operator=(const recorder &) = delete;
  ~recorder() {
    for (std::size_t i = 0; i < count_; i++) alog_log_release(logs_[i]);
  }

  /**
   * Adds a log of T with the members of T: alog_recorder_add. If the channel is refused, message() tells what is wrong,
   * as alog_channel_check does.
   */
  template <class T>
  result<registration> add(const alog::log<T> &log, const alog::channel &channel, alog::fields<T> fields) noexcept {
    alog_channel raw = channel.get();
    raw.fields = fields.get().data();
    raw.field_count = fields.get().size();
    return take(log.get(), raw);
  }
  /** Adds a log whose records are already encoded: see alog::channel::encoded. */
  template <class T>
  result<registration> add(const alog::log<T> &log, const alog::channel &channel) noexcept {
    return take(log.get(), channel.get());
  }

  /** Writes a whole file to the sink: alog_recorder_write. Async-signal-safe if the sink is. */
  result<recording> write() const noexcept {
    recording out;
    return written(alog_recorder_write(&raw_, &out), out);
  }
  /**
   * Writes a whole file to a file descriptor: alog_recorder_write_fd. Async-signal-safe. After ALOG_ERR_IO, errno tells
   * why.
   */
  result<recording> write_fd(int fd) const noexcept {
    recording out;
    return written(alog_recorder_write_fd(&raw_, fd, &out), out);
  }

  /** The C recorder. It still belongs to this object. */
  alog_recorder *get() const noexcept { return &raw_; }

 private:
  template <class Sink>
  static alog_status call(void *sink, const void *data, std::size_t size) noexcept {
    const alog::status status = (*static_cast<Sink *>(sink))(byte_view(static_cast<const std::byte *>(data), size));
    return status.code();
  }
  static result<recording> written(alog_status status, const recording &out) noexcept {
    if (status != ALOG_OK) return status;
    return out;
  }
  result<registration> take(alog_log *log, const alog_channel &channel) noexcept {
    detail::reason<registration> why{alog_recorder_add(&raw_, log, &channel)};
    if (why.status == ALOG_OK) {
      logs_[count_] = alog_log_retain(log);
      return registration{count_++};
    }
    if (why.status == ALOG_ERR_STATE) {
      std::snprintf(why.problem, sizeof why.problem, "the recorder has %d logs, which is all that it takes",
                    ALOG_RECORDER_LOGS);
    } else {
      alog_channel_check(log, &channel, why.problem, sizeof why.problem);
    }
    return result<registration>(why);
  }

  mutable alog_recorder raw_{};  // writing does not change it
  alog_log *logs_[ALOG_RECORDER_LOGS] = {};
  std::size_t count_ = 0;
};

/** Records of any size. */
using bytes_log = log<bytes>;
using bytes_writer = writer<bytes>;
using bytes_snapshot = snapshot<bytes>;
using bytes_cursor = cursor<bytes>;
using bytes_chunk = chunk<bytes>;

}  // namespace alog

/**
 * The members of a struct as alog::fields, at most 64: ALOG_FIELDS(tick, time, price, size). List them in the order in
 * which they lie in the struct. The macro finds their types: integers, enumerations, bool, char, float and double, and
 * arrays of these, also std::array.
 */
#define ALOG_FIELDS(type, ...)                                                                    \
  ([]() noexcept {                                                                                \
    static constexpr alog_field alog_list[] = {ALOG_FIELDS_EACH(__VA_ARGS__)(type, __VA_ARGS__)}; \
    return ::alog::fields<type>(alog_list);                                                       \
  }())
/** Not for use: a part of ALOG_FIELDS. */
#define ALOG_FIELDS_1(type, member) ::alog::detail::field<type, decltype(type::member)>(#member, offsetof(type, member))
#define ALOG_FIELDS_2(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_1(type, __VA_ARGS__)
#define ALOG_FIELDS_3(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_2(type, __VA_ARGS__)
#define ALOG_FIELDS_4(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_3(type, __VA_ARGS__)
#define ALOG_FIELDS_5(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_4(type, __VA_ARGS__)
#define ALOG_FIELDS_6(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_5(type, __VA_ARGS__)
#define ALOG_FIELDS_7(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_6(type, __VA_ARGS__)
#define ALOG_FIELDS_8(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_7(type, __VA_ARGS__)
#define ALOG_FIELDS_9(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_8(type, __VA_ARGS__)
#define ALOG_FIELDS_10(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_9(type, __VA_ARGS__)
#define ALOG_FIELDS_11(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_10(type, __VA_ARGS__)
#define ALOG_FIELDS_12(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_11(type, __VA_ARGS__)
#define ALOG_FIELDS_13(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_12(type, __VA_ARGS__)
#define ALOG_FIELDS_14(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_13(type, __VA_ARGS__)
#define ALOG_FIELDS_15(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_14(type, __VA_ARGS__)
#define ALOG_FIELDS_16(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_15(type, __VA_ARGS__)
#define ALOG_FIELDS_17(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_16(type, __VA_ARGS__)
#define ALOG_FIELDS_18(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_17(type, __VA_ARGS__)
#define ALOG_FIELDS_19(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_18(type, __VA_ARGS__)
#define ALOG_FIELDS_20(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_19(type, __VA_ARGS__)
#define ALOG_FIELDS_21(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_20(type, __VA_ARGS__)
#define ALOG_FIELDS_22(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_21(type, __VA_ARGS__)
#define ALOG_FIELDS_23(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_22(type, __VA_ARGS__)
#define ALOG_FIELDS_24(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_23(type, __VA_ARGS__)
#define ALOG_FIELDS_25(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_24(type, __VA_ARGS__)
#define ALOG_FIELDS_26(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_25(type, __VA_ARGS__)
#define ALOG_FIELDS_27(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_26(type, __VA_ARGS__)
#define ALOG_FIELDS_28(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_27(type, __VA_ARGS__)
#define ALOG_FIELDS_29(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_28(type, __VA_ARGS__)
#define ALOG_FIELDS_30(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_29(type, __VA_ARGS__)
#define ALOG_FIELDS_31(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_30(type, __VA_ARGS__)
#define ALOG_FIELDS_32(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_31(type, __VA_ARGS__)
#define ALOG_FIELDS_33(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_32(type, __VA_ARGS__)
#define ALOG_FIELDS_34(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_33(type, __VA_ARGS__)
#define ALOG_FIELDS_35(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_34(type, __VA_ARGS__)
#define ALOG_FIELDS_36(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_35(type, __VA_ARGS__)
#define ALOG_FIELDS_37(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_36(type, __VA_ARGS__)
#define ALOG_FIELDS_38(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_37(type, __VA_ARGS__)
#define ALOG_FIELDS_39(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_38(type, __VA_ARGS__)
#define ALOG_FIELDS_40(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_39(type, __VA_ARGS__)
#define ALOG_FIELDS_41(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_40(type, __VA_ARGS__)
#define ALOG_FIELDS_42(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_41(type, __VA_ARGS__)
#define ALOG_FIELDS_43(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_42(type, __VA_ARGS__)
#define ALOG_FIELDS_44(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_43(type, __VA_ARGS__)
#define ALOG_FIELDS_45(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_44(type, __VA_ARGS__)
#define ALOG_FIELDS_46(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_45(type, __VA_ARGS__)
#define ALOG_FIELDS_47(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_46(type, __VA_ARGS__)
#define ALOG_FIELDS_48(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_47(type, __VA_ARGS__)
#define ALOG_FIELDS_49(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_48(type, __VA_ARGS__)
#define ALOG_FIELDS_50(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_49(type, __VA_ARGS__)
#define ALOG_FIELDS_51(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_50(type, __VA_ARGS__)
#define ALOG_FIELDS_52(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_51(type, __VA_ARGS__)
#define ALOG_FIELDS_53(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_52(type, __VA_ARGS__)
#define ALOG_FIELDS_54(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_53(type, __VA_ARGS__)
#define ALOG_FIELDS_55(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_54(type, __VA_ARGS__)
#define ALOG_FIELDS_56(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_55(type, __VA_ARGS__)
#define ALOG_FIELDS_57(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_56(type, __VA_ARGS__)
#define ALOG_FIELDS_58(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_57(type, __VA_ARGS__)
#define ALOG_FIELDS_59(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_58(type, __VA_ARGS__)
#define ALOG_FIELDS_60(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_59(type, __VA_ARGS__)
#define ALOG_FIELDS_61(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_60(type, __VA_ARGS__)
#define ALOG_FIELDS_62(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_61(type, __VA_ARGS__)
#define ALOG_FIELDS_63(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_62(type, __VA_ARGS__)
#define ALOG_FIELDS_64(type, member, ...) ALOG_FIELDS_1(type, member), ALOG_FIELDS_63(type, __VA_ARGS__)
#define ALOG_FIELDS_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, \
                         _21, _22, _23, _24, _25, _26, _27, _28, _29, _30, _31, _32, _33, _34, _35, _36, _37, _38,  \
                         _39, _40, _41, _42, _43, _44, _45, _46, _47, _48, _49, _50, _51, _52, _53, _54, _55, _56,  \
                         _57, _58, _59, _60, _61, _62, _63, _64, each, ...)                                         \
  each
#define ALOG_FIELDS_EACH(...)                                                                                      \
  ALOG_FIELDS_PICK(__VA_ARGS__, ALOG_FIELDS_64, ALOG_FIELDS_63, ALOG_FIELDS_62, ALOG_FIELDS_61, ALOG_FIELDS_60,    \
                   ALOG_FIELDS_59, ALOG_FIELDS_58, ALOG_FIELDS_57, ALOG_FIELDS_56, ALOG_FIELDS_55, ALOG_FIELDS_54, \
                   ALOG_FIELDS_53, ALOG_FIELDS_52, ALOG_FIELDS_51, ALOG_FIELDS_50, ALOG_FIELDS_49, ALOG_FIELDS_48, \
                   ALOG_FIELDS_47, ALOG_FIELDS_46, ALOG_FIELDS_45, ALOG_FIELDS_44, ALOG_FIELDS_43, ALOG_FIELDS_42, \
                   ALOG_FIELDS_41, ALOG_FIELDS_40, ALOG_FIELDS_39, ALOG_FIELDS_38, ALOG_FIELDS_37, ALOG_FIELDS_36, \
                   ALOG_FIELDS_35, ALOG_FIELDS_34, ALOG_FIELDS_33, ALOG_FIELDS_32, ALOG_FIELDS_31, ALOG_FIELDS_30, \
                   ALOG_FIELDS_29, ALOG_FIELDS_28, ALOG_FIELDS_27, ALOG_FIELDS_26, ALOG_FIELDS_25, ALOG_FIELDS_24, \
                   ALOG_FIELDS_23, ALOG_FIELDS_22, ALOG_FIELDS_21, ALOG_FIELDS_20, ALOG_FIELDS_19, ALOG_FIELDS_18, \
                   ALOG_FIELDS_17, ALOG_FIELDS_16, ALOG_FIELDS_15, ALOG_FIELDS_14, ALOG_FIELDS_13, ALOG_FIELDS_12, \
                   ALOG_FIELDS_11, ALOG_FIELDS_10, ALOG_FIELDS_9, ALOG_FIELDS_8, ALOG_FIELDS_7, ALOG_FIELDS_6,     \
                   ALOG_FIELDS_5, ALOG_FIELDS_4, ALOG_FIELDS_3, ALOG_FIELDS_2, ALOG_FIELDS_1, ALOG_FIELDS_0)

#if defined(__cpp_lib_ranges)
// Their iterators refer to the log, not to the object, and may outlive the object.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<alog::chunk<T>> = true;
template <class T>
inline constexpr bool std::ranges::enable_view<alog::chunk<T>> = true;
template <class Iterator>
inline constexpr bool std::ranges::enable_borrowed_range<alog::detail::stretch<Iterator>> = true;
template <class Iterator>
inline constexpr bool std::ranges::enable_view<alog::detail::stretch<Iterator>> = true;
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<alog::unread_range<T>> = true;
template <class T>
inline constexpr bool std::ranges::enable_view<alog::unread_range<T>> = true;
#endif

#undef ALOG_CPLUSPLUS
#undef ALOG_EXCEPTIONS
#undef ALOG_COLD
#undef ALOG_APART

#endif
