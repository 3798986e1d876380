/*
 * atomic_log.hpp: the log of atomic_log.h for C++17 and later. Header-only; link the same library.
 *
 *   struct sample { std::uint64_t time; double value; };
 *
 *   auto log = alog::log<sample>::create(alog::options(4096, 1024)); // keep 4096 records, in segments of 1024
 *   if (!log) return fail(log.message());
 *   auto writer = log->claim();                                      // one, on its thread
 *   auto view = log->snapshot();                                     // any number, on theirs
 *   if (!writer || !view) return 1;
 *   if (!writer->append({1, 20.5})) return 1;
 *   view->refresh();
 *   for (const sample &record : *view) use(record);                  // read in place
 *
 * Conventions
 * - A function does what the C function that its comment names does; that one's comment says who may call it, whether
 *   it blocks or allocates, and what may be stale. Nothing is allocated here, and nothing is virtual but alog::error.
 * - Handles are C handles that end by themselves. log and segment are counted: a copy is one more count. The others are
 *   unique: they move. An empty handle (made by default, or moved from) is harmless: calls on it say ALOG_ERR_NULL,
 *   or 0 (on a reservation or group ALOG_ERR_STATE), and loops over it end at once.
 * - What is done all the time is done without a call, by the functions of atomic_log_inline.h: append, emplace and notify
 *   call for a new segment or somebody who sleeps, a refresh without a delta for a new segment alone.
 * - Errors are values: a function returns a status, or a result<T>, which holds a value if its status is ALOG_OK. Who
 *   would rather have exceptions writes .or_throw() behind the call. The rest works with -fno-exceptions and -fno-rtti.
 * - As a bool, a status is true if it is ALOG_OK, and a result if it has a value. What a refresh or a wait says is no
 *   bool: a timeout is no error, and nothing new either.
 * - What would show records of a handle that is gone does not compile: it is deleted for temporaries, and so is -> on a
 *   temporary result of a handle. Name the handle, or take it out with value(): a loop over chunks(), records() or
 *   unread() of a temporary keeps it.
 * - A loop ends behind the last record, and never for another reason: an iterator that meets another handle than it was
 *   made for says so on stderr and aborts. That is sure with a checked library, and likely with any other.
 * - Everything is noexcept but or_throw, and emplace where the record's constructor is not.
 * - get() is the C handle, for what is not here; a constructor takes a C handle over, and detach() gives it back.
 * - alog::span is std::span from C++20 on, and a small view before; let all files of a program agree on which.
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

/** Sequences of records; end is exclusive. */
using range = alog_range;

/** What a refresh brought. */
using delta = alog_delta;

/** What a recorder wrote. */
using recording = alog_recording;

/** Of a log that a recorder took: where its range is in the ranges of a recording. */
struct registration {
  std::size_t index;
};

/** Bytes somewhere; what writer<bytes>::append_batch takes. */
using slice = alog_slice;

/** The record type of a log of byte records: log<bytes>, writer<bytes> and so on. Never an object. */
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
/** Some objects in a row, which somebody else owns. */
template <class T>
using span = std::span<T>;
#else
/** Some objects in a row, which somebody else owns: what there is of std::span before C++20. */
template <class T>
class span {
 public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using size_type = std::size_t;
  using iterator = T *;

  constexpr span() noexcept = default;
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  /** Of an array, or of anything that has data() and size() of the same element. */
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

/** One byte record, where it lies. */
using byte_view = span<const std::byte>;

/** The text of a byte record. */
inline std::string_view text(byte_view record) noexcept {
  return {reinterpret_cast<const char *>(record.data()), record.size()};
}

/** The version of the library that is linked, as alog_version. */
inline std::uint32_t version() noexcept { return alog_version(); }

/** The version of the library that is linked, as alog_version_string. */
inline const char *version_string() noexcept { return alog_version_string(); }

/** What a call had to say: an alog_status that knows its name and meaning. As a bool it is true for ALOG_OK alone. */
class status {
 public:
  constexpr status(alog_status code) noexcept : code_(code) {}

  /** Whether it is no error: ALOG_OK, or a success that says more, such as ALOG_END. */
  constexpr bool ok() const noexcept { return code_ >= ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return code_ == ALOG_OK; }
  constexpr alog_status code() const noexcept { return code_; }
  /** As alog_status_name: static, never NULL. */
  const char *name() const noexcept { return alog_status_name(code_); }
  /** As alog_status_message: static, never NULL. */
  const char *message() const noexcept { return alog_status_message(code_); }
#ifdef ALOG_EXCEPTIONS
  /** Throws an alog::error if it is one. */
  status or_throw() const;
#endif

 private:
  alog_status code_;
};

constexpr bool operator==(status a, status b) noexcept { return a.code() == b.code(); }
constexpr bool operator!=(status a, status b) noexcept { return a.code() != b.code(); }

/** Name and message, to any std::ostream. */
template <class Char, class Traits>
std::basic_ostream<Char, Traits> &operator<<(std::basic_ostream<Char, Traits> &out, status status) {
  return out << status.name() << ": " << status.message();
}

/**
 * What a refresh or a wait had to say. Nothing new is no error, but nothing to be read either, so it is no bool: ask
 * ready() or ok(), or compare it.
 */
class news {
 public:
  constexpr news(alog_status code) noexcept : status_(code) {}

  /** Whether there is something new: ALOG_OK. */
  constexpr bool ready() const noexcept { return code() == ALOG_OK; }
  /** Whether it is no error: also ALOG_UNCHANGED, ALOG_TIMEOUT, ALOG_INTERRUPTED and ALOG_FINISHED. */
  constexpr bool ok() const noexcept { return status_.ok(); }
  explicit operator bool() const = delete;  // new, or only no error? Ask ready() or ok().
  constexpr operator alog::status() const noexcept { return status_; }
  constexpr alog_status code() const noexcept { return status_.code(); }
  /** As alog_status_name: static, never NULL. */
  const char *name() const noexcept { return status_.name(); }
  /** As alog_status_message: static, never NULL. */
  const char *message() const noexcept { return status_.message(); }
#ifdef ALOG_EXCEPTIONS
  /** Throws an alog::error if it is one. */
  news or_throw() const;
#endif

 private:
  alog::status status_;
};

/** Not for use: what the rest is made of. */
namespace detail {

/** Why there is no value. */
template <class T>
struct reason {
  alog::status status;
  const char *text() const noexcept { return status.message(); }
};

/** Why there is no log: which of the options is wrong, if one is. */
template <class T>
struct reason<log<T>> {
  alog::status status;
  char problem[160] = {};
  const char *text() const noexcept { return problem[0] != 0 ? problem : status.message(); }
};

/** Why a recorder does not take a log: what is wrong with the channel. */
template <>
struct reason<registration> {
  alog::status status;
  char problem[320] = {};
  const char *text() const noexcept { return problem[0] != 0 ? problem : status.message(); }
};

struct by_call_t {};

/** Whether a value may be looked into by `->` while it is a temporary. Handles may not: what they show ends with them.
 */
template <class T>
constexpr bool is_plain = std::is_trivially_destructible_v<T>;

}  // namespace detail

#ifdef ALOG_EXCEPTIONS
/** What or_throw throws: a status, and words for it. */
class error : public std::exception {
 public:
  explicit error(alog::status status) noexcept : error(status, status.message()) {}
  error(alog::status status, const char *text) noexcept : status_(status) {
    for (std::size_t i = 0; i + 1 < sizeof text_ && text[i] != 0; i++) text_[i] = text[i];
  }
  alog::status status() const noexcept { return status_; }
  /** The message of what was thrown. */
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
 * A value if status() is ALOG_OK, and otherwise the reason why there is none.
 *
 * The value of a failure is an empty one: an empty handle, span or chunk, on which calls fail and loops end.
 */
template <class T>
class [[nodiscard]] result {
 public:
  /** No value; `why` is not ALOG_OK. */
  constexpr result(alog::status why) noexcept : why_{why} {}
  constexpr result(alog_status why) noexcept : why_{why} {}
  constexpr result(T &&value) noexcept : value_(std::move(value)) {}
  constexpr result(const T &value) noexcept : value_(value) {}
  /** A value that is made here. */
  template <class... Arguments>
  constexpr explicit result(std::in_place_t, Arguments &&...arguments) noexcept
      : value_(std::forward<Arguments>(arguments)...) {}
  /** Not for use: the value that a C call made or did not make, and why. */
  constexpr explicit result(const detail::reason<T> &why) noexcept : why_(why) {}
  template <class... Arguments>
  constexpr result(detail::by_call_t, alog_status status, Arguments &...arguments) noexcept
      : value_(arguments..., status), why_{status} {}

  /** Whether there is a value. */
  constexpr bool ok() const noexcept { return why_.status == ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return ok(); }
  constexpr alog::status status() const noexcept { return why_.status; }
  /**
   * The status's message; of log<T>::create, which of the options is wrong, and what it may be; of recorder::add, what
   * is wrong with the channel.
   */
  const char *message() const & noexcept { return why_.text(); }
  const char *message() const && = delete;  // the words may be the result's own: name it first

  constexpr T &value() & noexcept { return value_; }
  constexpr const T &value() const & noexcept { return value_; }
  /** By value, so that `for (... : call().value())` keeps it for as long as the loop runs. */
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
  constexpr const U *operator->() const && = delete;  // the handle ends with this line: name the result first

#ifdef ALOG_EXCEPTIONS
  /** The value; throws an alog::error if there is none. */
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

/** Where a value lies, if status() is ALOG_OK. The value of a failure must not be asked for. */
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
  /** The value; throws an alog::error if there is none. */
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
 * How large a log is, where its memory comes from and how much there may be. alog_options says what each means; units
 * are records, and for a log of bytes, bytes. What is not set has its default.
 */
class options {
 public:
  constexpr options() noexcept = default;
  constexpr options(std::uint64_t retained, std::uint64_t segment) noexcept {
    raw_.retained_capacity = retained;
    raw_.segment_capacity = segment;
  }
  /** From C. */
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
  /** Must last until the log is created, which copies it. */
  constexpr options &allocator(const alog_allocator &from) & noexcept {
    raw_.allocator = &from;
    return *this;
  }
  constexpr options allocator(const alog_allocator &from) && noexcept { return allocator(from); }
  constexpr options &allocator(const alog_allocator &&) & = delete;  // it would be gone by then: name it first
  constexpr options allocator(const alog_allocator &&) && = delete;
  /** ALOG_FLAG_AUTO_NOTIFY. */
  constexpr options &auto_notify(bool on = true) & noexcept {
    flag(ALOG_FLAG_AUTO_NOTIFY, on);
    return *this;
  }
  constexpr options auto_notify(bool on = true) && noexcept { return auto_notify(on); }
  /** ALOG_FLAG_PREFAULT. */
  constexpr options &prefault(bool on = true) & noexcept {
    flag(ALOG_FLAG_PREFAULT, on);
    return *this;
  }
  constexpr options prefault(bool on = true) && noexcept { return prefault(on); }

  /** For C. */
  constexpr const alog_options &get() const & noexcept { return raw_; }
  constexpr alog_options get() && noexcept { return raw_; }

 private:
  constexpr void flag(std::uint32_t which, bool on) noexcept {
    raw_.flags = on ? raw_.flags | which : raw_.flags & ~which;
  }

  alog_options raw_ = ALOG_OPTIONS_INIT;
};

namespace detail {

/** What `->` of an iterator that has no reference to give goes through. */
template <class V>
class arrow {
 public:
  constexpr explicit arrow(V value) noexcept : value_(value) {}
  constexpr const V *operator->() const noexcept { return &value_; }

 private:
  V value_;
};

/** Only where it is none already, which some compilers call useless. */
template <class To, class From>
constexpr To to(From value) noexcept {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else {
    return static_cast<To>(value);
  }
}

/** The end of a program that has a fault which would otherwise look like the end of a loop. */
[[noreturn]] ALOG_COLD inline void fault(const char *what, alog_status status) noexcept {
  std::fprintf(stderr, "atomic_log.hpp: %s (%s)\n", what, alog_status_name(status));
  std::abort();
}

[[noreturn]] ALOG_COLD inline void gone(alog_status status) noexcept {
  fault("an iterator goes through a snapshot or cursor that is gone or was refreshed, or beyond its end", status);
}

}  // namespace detail

/**
 * Walks through the byte records of one chunk. Before C++20 an iterator must give a reference, and this one has none. It
 * names itself bidirectional all the same, so that std::prev and others go back.
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

/** What is kept beside a C handle, so that its functions need not be called each time: nothing ... */
template <class C>
struct beside {};

/** ... but what a snapshot is refreshed by; NULL until the first refresh. */
template <>
struct beside<alog_snapshot> {
  const alog_glance *glance = nullptr;
};

/** What a cursor reads on by; NULL until it does. */
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

  /** The C handle, which stays this handle's; NULL if it is empty. */
  C *get() const & noexcept { return raw_; }
  C *get() const && = delete;  // it ends with this line: name the handle first
  /** Gives the C handle away; this handle is empty then. */
  [[nodiscard]] C *detach() noexcept {
    kept() = beside<C>();
    return std::exchange(raw_, nullptr);
  }
  /** Ends the C handle now; this handle is empty then. */
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

/** One that is counted: a copy is one more count, and equal. */
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

/** A handle that a C call may have made. */
template <class H, class C>
result<H> made(alog_status status, C *raw) noexcept {
  if (status != ALOG_OK) return status;
  return result<H>(std::in_place, raw);
}

/** Nanoseconds for C; rounded up, none if it is negative, forever if std::chrono::nanoseconds does not hold it. */
template <class Rep, class Period>
constexpr std::uint64_t nanoseconds(std::chrono::duration<Rep, Period> timeout) noexcept {
  const double about = std::chrono::duration<double, std::nano>(timeout).count();
  if (!(about > 0)) return 0;
  if (about >= 9.2e18) return ALOG_WAIT_FOREVER;
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::nanoseconds>(timeout).count());
}

/** Why a log was not created, in words if there are any. */
template <class T>
reason<log<T>> explained(alog_status status, const alog_options &options, bool bytes) noexcept {
  reason<log<T>> why{status};
  if (status != ALOG_OK) alog_options_problem(&options, bytes, why.problem, sizeof why.problem);
  return why;
}

/** What differs between a log of T ... */
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

  /** Records lie in a row as in an array of T: only then is a chunk a span. */
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

/** ... and one of bytes. */
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
 * segment covers the segment; copying it copies where they are.
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
  /** From C, of a log of T. */
  constexpr explicit chunk(const alog_chunk &raw) noexcept : raw_(raw) {}

  iterator begin() const noexcept { return kind::begin(raw_); }
  iterator end() const noexcept { return kind::end(raw_); }
  std::reverse_iterator<iterator> rbegin() const noexcept { return std::make_reverse_iterator(end()); }
  std::reverse_iterator<iterator> rend() const noexcept { return std::make_reverse_iterator(begin()); }
  typename kind::reference front() const noexcept { return *begin(); }
  typename kind::reference back() const noexcept { return *kind::at(raw_, size() - 1); }
  std::size_t size() const noexcept { return raw_.count; }
  bool empty() const noexcept { return raw_.count == 0; }
  /** Records that lie in a row. For a log of T. */
  const T *data() const noexcept {
    static_assert(!std::is_same_v<T, bytes>, "byte records have sizes of their own: iterate");
    return kind::begin(raw_);
  }
  /** The same as a span. For a log of T. */
  span<const T> records() const noexcept { return {data(), raw_.count}; }
  /** `index` < size(). */
  typename kind::reference operator[](std::size_t index) const noexcept { return *kind::at(raw_, index); }
  /** The first record's sequence; that of [i] is i more. */
  std::uint64_t first_sequence() const noexcept { return raw_.first_sequence; }
  /** 0, 1, 2, ... in order of creation. */
  std::uint64_t segment_sequence() const noexcept { return raw_.segment_sequence; }
  /** For C. */
  constexpr alog_chunk get() const noexcept { return raw_; }
  /** For C, to be written to. */
  alog_chunk *out() & noexcept { return &raw_; }

 private:
  alog_chunk raw_{};
};

/** A pin on one segment: keeps its records readable, whatever else is gone. Counted; any thread. */
class segment : public detail::counted<alog_segment> {
 public:
  using detail::counted<alog_segment>::counted;

  /** As alog_segment_sequence. */
  std::uint64_t sequence() const noexcept { return alog_segment_sequence(get()); }
};

/** Walks through the chunks of a snapshot; each step is constant. */
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
    // The segments in view are numbered in a row, so a chunk of another view shows.
    if (status != ALOG_OK || raw.segment_sequence - index != oldest_) detail::gone(status);
    return chunk<T>(raw);
  }

  const alog_snapshot *view_ = nullptr;
  std::size_t index_ = 0;
  std::uint64_t oldest_ = 0;  // the segment of the view's first chunk
};

/** Walks through the chunks of a range of records, cut at its ends. */
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

  /** The first of some records' chunks. */
  alog_chunk chunk_of(alog::range records) const noexcept {
    alog_chunk raw;
    std::size_t written = 0;
    const alog_status status = alog_snapshot_chunks_in(view_, records, 1, &raw, &written);
    if (status != ALOG_OK || written == 0) detail::gone(status);
    return raw;
  }
  /** How many records of its segment are in front of a record. */
  std::uint64_t place_of(std::uint64_t sequence) const noexcept {
    std::size_t chunk = 0, record = 0;
    const alog_status status = alog_snapshot_find(view_, sequence, &chunk, &record);
    if (status != ALOG_OK) detail::gone(status);
    return record;
  }

  const alog_snapshot *view_ = nullptr;
  std::uint64_t end_ = 0;  // apart from the others, which gcc would shuffle
  alog_chunk raw_{};
  std::uint64_t at_ = 0;  // the sequence of the chunk's first record; behind the last chunk, the range's end
  std::uint64_t begin_ = 0;
};

/** Walks through records of a snapshot, across its chunks. Any step is constant, but among byte records a far one. */
template <class T>
class record_iterator {
  using kind = detail::kind<T>;

 public:
  using value_type = typename kind::value;
  using reference = typename kind::reference;
  using pointer = typename kind::pointer;
  using difference_type = std::ptrdiff_t;
  using iterator_category = typename kind::category;

  /** Behind the last record. */
  constexpr record_iterator() noexcept = default;

  reference operator*() const noexcept { return *at_; }
  pointer operator->() const noexcept { return kind::arrow(at_); }
  reference operator[](difference_type n) const noexcept { return *(*this + n); }
  /** The record's sequence; behind the last, the one that the next will have. */
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
  /** Behind the last record of a view, which is looked up when it is needed: end() costs nothing. */
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
  /** To the oldest record, or to the end if there is none. */
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
  /** To the end of the chunk before: a step back from there is wanted. */
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
  /** Apart, and without the iterator, which loops then keep in registers. */
  ALOG_APART static loaded before(const alog_snapshot *view, std::size_t index, std::uint64_t sequence,
                                  bool is_end) noexcept {
    loaded chunk{{}, (is_end ? alog_snapshot_chunk_count(view) : index) - 1};
    if (is_end) sequence = view_end(view);
    const alog_status status = alog_snapshot_chunk(view, chunk.index, &chunk.raw);
    if (status != ALOG_OK || chunk.raw.first_sequence + chunk.raw.count != sequence) detail::gone(status);
    return chunk;
  }
  /** To the record with this sequence, or to the end. */
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
  where at_{};             // all three are empty behind the last record
  where first_{};          // the chunk's records
  where end_{};
  std::uint64_t first_sequence_ = 0;
};

namespace detail {

/** Two iterators of a snapshot, and what is between. Copying it copies where that is. */
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

/** All chunks of a snapshot; valid while the snapshot is and stays as it is. A range of chunk<T>. */
template <class T>
using chunk_range = detail::stretch<chunk_iterator<T>>;

/** The chunks of a range of records, cut at its ends; likewise. */
template <class T>
using cut_range = detail::stretch<cut_iterator<T>>;

/** Records of a snapshot in a row, across its chunks; likewise. A range of const T &, or of byte_view. */
template <class T>
using record_range = detail::stretch<record_iterator<T>>;

/** What is unread, chunk by chunk: a loop over it reads what it goes through. A range of chunk<T>. */
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

/** A range and the snapshot or cursor that it goes through: what a temporary one gives, so that a loop keeps it. */
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
  Range begin() const && = delete;  // what it goes through ends with this line: name the range first
  Range end() const && = delete;
  /** The range alone, for as long as this one is there. */
  const Range &range() const & noexcept { return range_; }
  const Range &range() const && = delete;

 private:
  Handle handle_{};
  Range range_{};
};

// A writer knows where its reservation and its group are, wherever these are. They tell it when they go, which gcc does
// not see.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif

namespace detail {

class reserved;

/** A writer's C handle, and where its newest reservation and its open group are: it tells them when they have ended. */
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

  /** The C handle, which stays this handle's; NULL if it is empty. */
  alog_writer *get() const & noexcept { return raw_; }
  alog_writer *get() const && = delete;  // it ends with this line: name the handle first
  /** Gives the C handle away; this handle is empty then. To its reservation and its group it has ended. */
  [[nodiscard]] alog_writer *detach() noexcept {
    tell(nullptr);
    hot_ = nullptr;
    return std::exchange(raw_, nullptr);
  }
  /** Ends the C handle now; this handle is empty then. */
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
   * As alog_writer_finish: ends the log for good, and the writer with it, so it is written std::move(writer).finish().
   */
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
  /** What an append works on; NULL if the handle is empty. */
  alog_hot *hot() const noexcept { return hot_; }

 private:
  friend class reserved;
  friend class alog::open_group;

  /** Another reservation is the newest. */
  void end_room() noexcept;
  /** Where the writer is from here on; nowhere: then they have ended. */
  void tell(writer_handle *writer) noexcept;

  alog_writer *raw_ = nullptr;
  alog_hot *hot_ = nullptr;
  reserved *room_ = nullptr;
  open_group *group_ = nullptr;
};

/** A reservation, whatever is in it. */
class reserved {
 public:
  reserved(const reserved &) = delete;
  reserved &operator=(const reserved &) = delete;

 protected:
  constexpr reserved() noexcept : room_{}, writer_(nullptr) {}
  /** Empty if the status is not ALOG_OK; else it ended the one before. */
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

  /** The writer, if C filled in the room; then the room before has ended. */
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

  alog_reservation room_[1];  // first, and an array that is left for C to fill in: that saves instructions
  writer_handle *writer_;     // NULL if it has ended
};

}  // namespace detail

/**
 * Room in the log that the writer fills before it commits: a range of T, or the bytes of one record. Cancelled when it
 * is destroyed, unless it was committed.
 *
 * It ends, too, with whatever else ends a reservation (see alog_writer_reserve), and with the writer's handle: commit
 * and cancel say ALOG_ERR_STATE then, and do nothing. But of an append nothing tells it before they are called, so
 * write nothing to it any more. It moves, but only to where none was; its writer may move, too.
 */
template <class T>
class [[nodiscard]] reservation : private detail::reserved {
 public:
  using element_type = typename detail::kind<T>::element;

  /** Empty. */
  constexpr reservation() noexcept = default;
  reservation(reservation &&) noexcept = default;

  /** Not initialised: assign to each element that is used, or make it there with new. */
  span<element_type> room() const & noexcept { return {data(), size()}; }
  element_type *data() const & noexcept { return static_cast<element_type *>(reserved::data()); }
  std::size_t size() const noexcept { return reserved::size(); }
  element_type *begin() const & noexcept { return data(); }
  element_type *end() const & noexcept { return data() + size(); }
  element_type &operator[](std::size_t index) const & noexcept { return data()[index]; }
  span<element_type> room() const && = delete;  // it is cancelled with this line: name the reservation first
  element_type *data() const && = delete;
  element_type *begin() const && = delete;
  element_type *end() const && = delete;
  element_type &operator[](std::size_t index) const && = delete;

  /** As alog_writer_commit. If more is used than there is, it says ALOG_ERR_ARGUMENT, and the reservation stays. */
  [[nodiscard]] status commit(std::size_t used) noexcept { return reserved::commit(used); }
  /** All of it. */
  [[nodiscard]] status commit() noexcept { return reserved::commit(size()); }
  /** As alog_writer_cancel. */
  status cancel() noexcept { return reserved::cancel(); }

 private:
  friend class detail::writer_base<T>;
  friend class result<reservation>;
  reservation(detail::writer_handle &writer, std::size_t want, alog_status &status) noexcept
      : reserved(writer, want, status) {}
};

/**
 * An open group of a writer: what the writer appends and commits stays invisible until it is published. Abandoned when
 * it is destroyed, unless it was published. If it has ended, with its writer's handle, say, publish and abandon do
 * nothing, and say ALOG_ERR_STATE. It moves, but only to where none was; its writer may move, too.
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

  /** As alog_writer_publish. */
  status publish() noexcept { return finish(alog_writer_publish); }
  /** As alog_writer_abandon. */
  status abandon() noexcept { return finish(alog_writer_abandon); }

 private:
  friend class detail::writer_handle;
  friend class result<open_group>;
  /** Empty if the status is not ALOG_OK; else who holds the group before has not seen it end. */
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

/** What the writers of both kinds do. */
template <class T>
class writer_base : public writer_handle {
 public:
  using writer_handle::writer_handle;
  constexpr writer_base() noexcept = default;
  writer_base(writer_base &&) noexcept = default;
  writer_base &operator=(writer_base &&) noexcept = default;

  /** As alog_writer_begin: opens a group, which is abandoned unless it is published. */
  result<open_group> group() & noexcept {
    return result<open_group>(detail::by_call_t(), ALOG_OK, static_cast<detail::writer_handle &>(*this));
  }
  result<open_group> group() && = delete;  // it ends with its writer: name that first
  /** As alog_writer_reserve: of T, up to `want` records in a row, at least one; of bytes, the one record's size. */
  result<reservation<T>> reserve(std::size_t want) & noexcept {
    return result<reservation<T>>(detail::by_call_t(), ALOG_OK, static_cast<detail::writer_handle &>(*this), want);
  }
  result<reservation<T>> reserve(std::size_t want) && = delete;  // it ends with its writer: name that first
  /** As alog_writer_next_sequence. */
  std::uint64_t next_sequence() const noexcept { return alog_writer_next_sequence(get()); }
  /** As alog_writer_skip: goes on at a later sequence. */
  status skip_to(std::uint64_t next_sequence) noexcept { return alog_writer_skip(get(), next_sequence); }
  /** As alog_writer_notify. */
  status notify() noexcept { return alog_notify_inline(get(), hot()); }
  /** As alog_writer_trim. */
  status trim() noexcept { return alog_writer_trim(get()); }
  /** As alog_writer_log. */
  alog::log<T> log() const noexcept { return alog::log<T>(alog_writer_log(get())); }

 protected:
  ~writer_base() = default;
};

}  // namespace detail

/** The one writer of a log of T. Unique; one thread at a time, and it may move between threads. */
template <class T>
class writer : public detail::writer_base<T> {
 public:
  using detail::writer_base<T>::writer_base;

  /** As alog_writer_append: one record, copied. */
  [[nodiscard]] ALOG_INLINE_ status append(const T &record) noexcept {
    return alog_append_inline(this->get(), this->hot(), &record, sizeof(T));
  }
  /** As alog_writer_append_batch: all of them visible at once, or none. */
  [[nodiscard]] status append_batch(span<const T> records) noexcept {
    return append_batch(records.data(), records.size());
  }
  [[nodiscard]] status append_batch(const T *records, std::size_t count) noexcept {
    return alog_writer_append_batch(this->get(), records, count);
  }
  /**
   * One record, made in the log out of `arguments`: a reserve and a commit, without a call in the usual case. Less to
   * copy than an append where T is large. If the constructor throws, nothing was appended.
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
  /** Cancels what was reserved. */
  struct undo {
    alog_writer *writer;
    ~undo() {
      if (writer != nullptr) alog_writer_cancel(writer);
    }
  };

#if ALOG_INLINE
  /** Limits that no library says, while a record is made; those of before behind it, if they are still there. */
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
    // Read first: the record may be anything, for all that the compiler knows.
    const alog_hot before = *hot;
    if constexpr (std::is_trivially_constructible_v<T, Arguments...>) {
      make(before.slot, std::forward<Arguments>(arguments)...);
    } else {
      // The constructor may use this writer: that ends what is being made, as it ends a reservation. Then the word has moved, or
      // the library has put other limits in place of these, by which nothing is done inline.
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

/** The one writer of a log of bytes. Unique; one thread at a time, and it may move between threads. */
template <>
class writer<bytes> : public detail::writer_base<bytes> {
 public:
  using detail::writer_base<bytes>::writer_base;

  /** As alog_writer_append: one record of any size, copied. */
  [[nodiscard]] ALOG_INLINE_ status append(const void *data, std::size_t size) noexcept {
    return alog_append_bytes_inline(get(), hot(), data, size);
  }
  [[nodiscard]] ALOG_INLINE_ status append(byte_view record) noexcept { return append(record.data(), record.size()); }
  [[nodiscard]] ALOG_INLINE_ status append(std::string_view record) noexcept {
    return append(record.data(), record.size());
  }
  /** As alog_writer_append_slices: one record per slice, all of them visible at once, or none. */
  [[nodiscard]] status append_batch(span<const slice> records) noexcept {
    return alog_writer_append_slices(get(), records.data(), records.size());
  }
  /** As alog_writer_append_packed: records that lie back to back, all of them visible at once, or none. */
  [[nodiscard]] status append_packed(const void *data, span<const std::uint32_t> sizes) noexcept {
    return alog_writer_append_packed(get(), data, sizes.data(), sizes.size());
  }
};

/**
 * A reader that follows the log: a view of its own, and the sequence of the next unread record. Unique; one thread at a
 * time.
 */
template <class T>
class cursor : public detail::unique<alog_cursor> {
 public:
  using detail::unique<alog_cursor>::unique;

  /** As alog_cursor_next: what is unread of one segment. There is none, and the status is ALOG_END, behind the last. */
  result<alog::chunk<T>> next() & noexcept {
    alog_chunk raw;
    const alog_status status = alog_cursor_next(get(), &raw);
    if (status != ALOG_OK) return status;
    return alog::chunk<T>(raw);
  }
  result<alog::chunk<T>> next() && = delete;  // the chunk ends with its cursor: name that first
  /** The same as a loop, which reads what it goes through: for (auto chunk : cursor.unread()). */
  unread_range<T> unread() & noexcept { return unread_range<T>(get()); }
  /** Of a temporary: the loop keeps the cursor. */
  owning_range<cursor, unread_range<T>> unread() && noexcept {
    const unread_range<T> all = unread();
    return {std::move(*this), all};
  }
  /**
   * As alog_next_inline, of a log of T: the next unread record, without a call, in the segment that is being written.
   * nullptr: there is nothing new, or it lies in another segment; refresh() then, which says what was lost, and go on
   * with unread(). It reads what was published since the last refresh, too.
   */
  template <class U = T, std::enable_if_t<!std::is_same_v<U, bytes>, int> = 0>
  const T *read_on() & noexcept {
    if (this->follower == nullptr) this->follower = alog_cursor_follower(get());
    return static_cast<const T *>(alog_next_inline(this->follower));
  }
  template <class U = T, std::enable_if_t<!std::is_same_v<U, bytes>, int> = 0>
  const T *read_on() && = delete;  // the record ends with its cursor: name that first
  /** As alog_cursor_seek. */
  status seek(std::uint64_t sequence) noexcept { return alog_cursor_seek(get(), sequence); }
  /** As alog_cursor_refresh: ALOG_OK, or ALOG_UNCHANGED if nothing was published since. */
  news refresh() noexcept { return alog_cursor_refresh(get(), nullptr); }
  /** The same; `out` receives what is to be read now, and what was lost. */
  news refresh(delta &out) noexcept { return alog_cursor_refresh(get(), &out); }
  /**
   * As alog_cursor_wait: ALOG_OK, ALOG_TIMEOUT, ALOG_INTERRUPTED or ALOG_FINISHED. A timeout of 0 or less only looks.
   */
  template <class Rep, class Period>
  news wait(std::chrono::duration<Rep, Period> timeout) noexcept {
    return alog_cursor_wait(get(), detail::nanoseconds(timeout));
  }
  /** Without a timeout. */
  news wait() noexcept { return alog_cursor_wait(get(), ALOG_WAIT_FOREVER); }
  /** As alog_cursor_wait_since: also ends if log::interrupts() is no longer `interrupts`. */
  template <class Rep, class Period>
  news wait_since(std::chrono::duration<Rep, Period> timeout, std::uint64_t interrupts) noexcept {
    return alog_cursor_wait_since(get(), detail::nanoseconds(timeout), interrupts);
  }
  /** Without a timeout. */
  news wait_since(std::uint64_t interrupts) noexcept {
    return alog_cursor_wait_since(get(), ALOG_WAIT_FOREVER, interrupts);
  }
  /** As alog_cursor_position. */
  std::uint64_t position() const noexcept { return alog_cursor_position(get()); }
  /** As alog_cursor_pin: the segment of the chunk that was last read. */
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
  /** Which of the chunk's records it is. */
  std::size_t record;
};

/**
 * A stable view of the records that were retained when it was taken or last refreshed: a range of const T &, or of
 * byte_view. Unique; const calls from many threads at once, refresh and the end alone. A refresh ends what iterates.
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

  /** As alog_snapshot_refresh: ALOG_OK, or ALOG_UNCHANGED if nothing was published since. */
  news refresh() noexcept {
    if (this->glance == nullptr) this->glance = alog_snapshot_glance(get());
    return alog_refresh_inline(get(), this->glance);
  }
  /** The same; `out` receives what is new and what was lost. */
  news refresh(delta &out) noexcept { return alog_snapshot_refresh(get(), &out); }
  /**
   * As alog_snapshot_wait: ALOG_OK, ALOG_TIMEOUT, ALOG_INTERRUPTED or ALOG_FINISHED. A timeout of 0 or less only looks.
   */
  template <class Rep, class Period>
  news wait(std::chrono::duration<Rep, Period> timeout) const noexcept {
    return alog_snapshot_wait(get(), detail::nanoseconds(timeout));
  }
  /** Without a timeout. */
  news wait() const noexcept { return alog_snapshot_wait(get(), ALOG_WAIT_FOREVER); }
  /** As alog_snapshot_wait_since: also ends if log::interrupts() is no longer `interrupts`. */
  template <class Rep, class Period>
  news wait_since(std::chrono::duration<Rep, Period> timeout, std::uint64_t interrupts) const noexcept {
    return alog_snapshot_wait_since(get(), detail::nanoseconds(timeout), interrupts);
  }
  /** Without a timeout. */
  news wait_since(std::uint64_t interrupts) const noexcept {
    return alog_snapshot_wait_since(get(), ALOG_WAIT_FOREVER, interrupts);
  }

  /** As alog_snapshot_range. */
  result<alog::range> range() const noexcept {
    alog::range out;
    const alog_status status = alog_snapshot_range(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** As alog_snapshot_latest: the newest publication, whole. */
  result<alog::range> latest() const noexcept {
    alog::range out;
    const alog_status status = alog_snapshot_latest(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** As alog_snapshot_len. */
  std::uint64_t size() const noexcept { return alog_snapshot_len(get()); }
  bool empty() const noexcept { return size() == 0; }

  /** As alog_snapshot_record: where the record is; ALOG_ERR_OUT_OF_RANGE if it is not in view. */
  result<typename kind::reference> record(std::uint64_t sequence) const & noexcept {
    alog_slice raw;
    const alog_status status = alog_snapshot_record(get(), sequence, &raw);
    if (status != ALOG_OK) return status;
    return kind::record(raw);
  }
  result<typename kind::reference> record(std::uint64_t sequence) const && = delete;  // it ends with this line
  /** As alog_snapshot_find: in which chunk the record is, and where there. */
  result<place> find(std::uint64_t sequence) const noexcept {
    place out;
    const alog_status status = alog_snapshot_find(get(), sequence, &out.chunk, &out.record);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** The oldest is [0]. `index` < size(); the program ends if it is not. Bytes: a binary search among the segments. */
  typename kind::reference operator[](std::uint64_t index) const & noexcept { return at(all().begin + index); }
  /** The oldest. There must be one. */
  typename kind::reference front() const & noexcept { return at(all().begin); }
  /** The newest. There must be one. */
  typename kind::reference back() const & noexcept { return at(all().end - 1); }
  typename kind::reference operator[](std::uint64_t index) const && = delete;  // it ends with this line
  typename kind::reference front() const && = delete;
  typename kind::reference back() const && = delete;

  /** All records in order. A loop over chunks and one within each is what a compiler makes most of. */
  iterator begin() const & noexcept {
    iterator at(get());
    at.first();
    return at;
  }
  iterator end() const & noexcept { return iterator(get()); }
  /** The newest first. */
  reverse_iterator rbegin() const & noexcept { return reverse_iterator(end()); }
  reverse_iterator rend() const & noexcept { return reverse_iterator(begin()); }
  iterator begin() const && = delete;  // what it shows ends with this line: name the snapshot first
  iterator end() const && = delete;
  reverse_iterator rbegin() const && = delete;
  reverse_iterator rend() const && = delete;
  /**
   * The records with these sequences: of latest(), say. ALOG_ERR_OUT_OF_RANGE if one of them is not in view; an empty
   * range has none.
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
  /** Of a temporary: the range keeps the snapshot. */
  result<owning_range<snapshot, record_range<T>>> records(alog::range sequences) && noexcept {
    const result<record_range<T>> some = records(sequences);
    if (!some) return some.status();
    return owning_range<snapshot, record_range<T>>(std::move(*this), *some);
  }

  /** As alog_snapshot_chunk_count. */
  std::size_t chunk_count() const noexcept { return alog_snapshot_chunk_count(get()); }
  /** As alog_snapshot_chunk: `index` 0 for the oldest. */
  result<alog::chunk<T>> chunk(std::size_t index) const & noexcept {
    alog_chunk raw;
    const alog_status status = alog_snapshot_chunk(get(), index, &raw);
    if (status != ALOG_OK) return status;
    return alog::chunk<T>(raw);
  }
  result<alog::chunk<T>> chunk(std::size_t index) const && = delete;  // it ends with this line: name the snapshot first
  /** All of them, oldest first: for (auto chunk : view.chunks()) for (const T &record : chunk). */
  chunk_range<T> chunks() const & noexcept {
    if (get() == nullptr) return {};
    alog_chunk oldest;
    const alog_status status = alog_snapshot_chunk(get(), 0, &oldest);
    if (status == ALOG_ERR_OUT_OF_RANGE) return {};
    if (status != ALOG_OK) detail::gone(status);
    return chunk_range<T>({get(), 0, oldest.segment_sequence}, {get(), chunk_count(), oldest.segment_sequence});
  }
  chunk_range<T> chunks() const && = delete;
  /** Of a temporary: the loop keeps the snapshot. */
  owning_range<snapshot, chunk_range<T>> chunks() && noexcept {
    const chunk_range<T> all = chunks();
    return {std::move(*this), all};
  }
  /**
   * As alog_snapshot_chunks_in: those of a range of records, of latest(), say, cut at the range's ends.
   * ALOG_ERR_OUT_OF_RANGE if a record is not in view; an empty range has none.
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
  /** Of a temporary: the range keeps the snapshot. */
  result<owning_range<snapshot, cut_range<T>>> chunks_in(alog::range sequences) && noexcept {
    const result<cut_range<T>> some = chunks_in(sequences);
    if (!some) return some.status();
    return owning_range<snapshot, cut_range<T>>(std::move(*this), *some);
  }
  /** As alog_snapshot_pin: the segment of one chunk. */
  result<segment> pin(std::size_t index) const noexcept {
    alog_segment *raw = nullptr;
    const alog_status status = alog_snapshot_pin(get(), index, &raw);
    return detail::made<segment>(status, raw);
  }

  /** As alog_snapshot_clone. */
  result<snapshot> clone() const noexcept {
    alog_snapshot *raw = nullptr;
    const alog_status status = alog_snapshot_clone(get(), &raw);
    return detail::made<snapshot>(status, raw);
  }
  /** As alog_cursor_create: over what this shows, from its first record on. */
  result<alog::cursor<T>> cursor() const noexcept {
    alog_cursor *raw = nullptr;
    const alog_status status = alog_cursor_create(get(), &raw);
    return detail::made<alog::cursor<T>>(status, raw);
  }
  /** As alog_snapshot_log. */
  alog::log<T> log() const noexcept { return alog::log<T>(alog_snapshot_log(get())); }
  /** As alog_snapshot_stats. */
  result<alog_view_stats> stats() const noexcept {
    alog_view_stats out = ALOG_VIEW_STATS_INIT;
    const alog_status status = alog_snapshot_stats(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }

 private:
  /** Whether a range is in view, or empty. */
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
  /** At the oldest record that is retained. */
  oldest = ALOG_START_OLDEST,
  /** Behind the newest record: what is published from now on. */
  next = ALOG_START_NEXT,
};

/** A log of records of type T, or of bytes. Counted: a copy is the same log, with one more count. Any thread. */
template <class T>
class log : public detail::counted<alog_log> {
  using kind = detail::kind<T>;

 public:
  using detail::counted<alog_log>::counted;

  /**
   * As alog_log_create_fixed or alog_log_create_bytes. The record's size is T's. A record_align that is not T's own
   * must be a divisor of the size, so that records lie as in an array; alignas on T does the rest. message() of what is
   * refused says which of the options is wrong, as alog_options_problem does.
   */
  static result<log> create(const alog::options &options) noexcept {
    alog_log *raw = nullptr;
    const detail::reason<log> why = kind::create(options.get(), &raw);
    if (why.status != ALOG_OK) return result<log>(why);
    return result<log>(std::in_place, raw);
  }
  /**
   * Takes over one count of a C handle, if its records are what T is: ALOG_ERR_KIND or ALOG_ERR_ARGUMENT if they are
   * not, and then the count is still the caller's. The constructor does the same without asking.
   */
  static result<log> adopt(alog_log *raw) noexcept {
    alog_options resolved = ALOG_OPTIONS_INIT;
    const alog_status status = alog_log_options(raw, &resolved);
    if (status != ALOG_OK) return status;
    const detail::reason<log> why = kind::fits(resolved);
    if (why.status != ALOG_OK) return result<log>(why);
    return result<log>(std::in_place, raw);
  }

  /** As alog_writer_claim. */
  result<alog::writer<T>> claim() const noexcept {
    alog_writer *raw = nullptr;
    const alog_status status = alog_writer_claim(get(), &raw);
    return detail::made<alog::writer<T>>(status, raw);
  }
  /** As alog_snapshot_create. */
  result<alog::snapshot<T>> snapshot() const noexcept {
    alog_snapshot *raw = nullptr;
    const alog_status status = alog_snapshot_create(get(), &raw);
    return detail::made<alog::snapshot<T>>(status, raw);
  }
  /** As alog_cursor_open. */
  result<alog::cursor<T>> cursor(start from) const noexcept {
    alog_cursor *raw = nullptr;
    const alog_status status = alog_cursor_open(get(), static_cast<alog_start>(from), &raw);
    return detail::made<alog::cursor<T>>(status, raw);
  }
  /** As alog_log_range. */
  result<alog::range> range() const noexcept {
    alog::range out;
    const alog_status status = alog_log_range(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** As alog_log_interrupt. */
  status interrupt() const noexcept { return alog_log_interrupt(get()); }
  /** As alog_log_interrupts: ask it before you look at your stop flag, and give it to wait_since. */
  std::uint64_t interrupts() const noexcept { return alog_log_interrupts(get()); }
  /** As alog_log_is_finished. */
  bool is_finished() const noexcept { return alog_log_is_finished(get()); }
  /** As alog_log_has_writer. */
  bool has_writer() const noexcept { return alog_log_has_writer(get()); }
  /** As alog_log_options: as resolved, with defaults filled in. */
  result<alog_options> options() const noexcept {
    alog_options out = ALOG_OPTIONS_INIT;
    const alog_status status = alog_log_options(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
  /** As alog_log_describe: the log as text, cut off to `size` bytes with a NUL. Returns how long the whole text is. */
  std::size_t describe(char *buffer, std::size_t size) const noexcept { return alog_log_describe(get(), buffer, size); }
  /** As alog_log_stats. */
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

/** Which ALOG_TYPE_* a member is, or the elements of one that is an array. */
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

/** The field that a member is. */
template <class T, class M>
constexpr alog_field field(const char *name, std::size_t offset) noexcept {
  static_assert(std::is_standard_layout_v<T>, "the members of T have places only if T has a standard layout");
  const std::uint32_t type = field_type<std::remove_cv_t<M>>();
  return {name, type, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(sizeof(M) / (type & 0xff))};
}

}  // namespace detail

/** What the members of a T are, for a recorder: ALOG_FIELDS makes it. Plain data. */
template <class T>
class fields {
 public:
  /** Of an array that must last as long as the recorder: for names that are not the members'. */
  template <std::size_t N>
  constexpr explicit fields(const alog_field (&list)[N]) noexcept : list_(list, N) {}
  template <std::size_t N>
  fields(const alog_field (&&)[N]) = delete;  // it would be gone: name it first

  /** For C. */
  constexpr span<const alog_field> get() const noexcept { return list_; }

 private:
  span<const alog_field> list_;
};

/**
 * What the records of one log are in a recording. alog_channel says what each means. The texts must last as long as the
 * recorder, as literals do.
 */
class channel {
 public:
  /** Of records with fields: "/ticks", "market/msg/Tick". */
  constexpr channel(const char *topic, const char *schema_name) noexcept {
    raw_.topic = topic;
    raw_.schema_name = schema_name;
  }
  /** From C. */
  constexpr explicit channel(const alog_channel &raw) noexcept : raw_(raw) {}
  /** Of records without fields: "/lines", "json". */
  static constexpr channel encoded(const char *topic, const char *message_encoding) noexcept {
    channel made(topic, nullptr);
    made.raw_.message_encoding = message_encoding;
    return made;
  }

  /** Of records without fields: what describes them, "Line", "jsonschema" and the text itself, which is not copied. */
  constexpr channel schema(const char *name, const char *encoding, std::string_view text) const noexcept {
    channel other = *this;
    other.raw_.schema_name = name;
    other.raw_.schema_encoding = encoding;
    other.raw_.schema = text.data();
    other.raw_.schema_size = text.size();
    return other;
  }
  /** Where a record has its time, a uint64_t of nanoseconds: offsetof(tick, time). */
  constexpr channel time_offset(std::size_t bytes) const noexcept {
    channel other = *this;
    other.raw_.time_offset = static_cast<std::uint32_t>(bytes);
    return other;
  }
  /** Only so many of the newest records are written. */
  constexpr channel max_records(std::uint64_t records) const noexcept {
    channel other = *this;
    other.raw_.max_records = records;
    return other;
  }
  /** Only records are written whose time is at most so much before the newest record's. */
  constexpr channel max_age(std::uint64_t age) const noexcept {
    channel other = *this;
    other.raw_.max_age = age;
    return other;
  }

  /** For C. */
  constexpr const alog_channel &get() const & noexcept { return raw_; }
  constexpr alog_channel get() && noexcept { return raw_; }

 private:
  alog_channel raw_ = ALOG_CHANNEL_INIT;
};

/**
 * Writes what logs hold as a file of MCAP, which Foxglove, PlotJuggler, Rerun and others open. It keeps a count of each
 * log, and can neither be copied nor moved. add() is for one thread, and not while another one records; the rest for
 * any.
 */
class recorder {
 public:
  /** As alog_recorder_init without a sink: for write_fd(). */
  recorder() noexcept { alog_recorder_init(&raw_, nullptr); }
  /**
   * As alog_recorder_init. write() calls `sink`, which must last as long as the recorder, with a byte_view of each
   * piece. It returns ALOG_OK, or an error, such as ALOG_ERR_IO, which ends the recording. It must not throw.
   */
  template <class Sink, class = std::enable_if_t<std::is_invocable_r_v<alog::status, Sink &, byte_view>>>
  explicit recorder(Sink &sink) noexcept {
    const alog_sink raw = {const_cast<std::remove_const_t<Sink> *>(&sink), call<Sink>};
    alog_recorder_init(&raw_, &raw);
  }
  template <class Sink, class = std::enable_if_t<std::is_invocable_r_v<alog::status, Sink &, byte_view>>>
  explicit recorder(const Sink &&sink) = delete;  // it would be gone: name it first
  recorder(const recorder &) = delete;
  recorder &operator=(const recorder &) = delete;
  ~recorder() {
    for (std::size_t i = 0; i < count_; i++) alog_log_release(logs_[i]);
  }

  /**
   * As alog_recorder_add: adds a log of T by the members of T. message() of what is refused says what is wrong with the
   * channel, as alog_channel_check does.
   */
  template <class T>
  result<registration> add(const alog::log<T> &log, const alog::channel &channel, alog::fields<T> fields) noexcept {
    alog_channel raw = channel.get();
    raw.fields = fields.get().data();
    raw.field_count = fields.get().size();
    return take(log.get(), raw);
  }
  /** The same of records that are encoded as the channel says: alog::channel::encoded. */
  template <class T>
  result<registration> add(const alog::log<T> &log, const alog::channel &channel) noexcept {
    return take(log.get(), channel.get());
  }

  /** As alog_recorder_write: a whole file to the sink. Async-signal-safe, if the sink is. */
  result<recording> write() const noexcept {
    recording out;
    return written(alog_recorder_write(&raw_, &out), out);
  }
  /** As alog_recorder_write_fd: a whole file to a file descriptor. Async-signal-safe. Of ALOG_ERR_IO errno says why. */
  result<recording> write_fd(int fd) const noexcept {
    recording out;
    return written(alog_recorder_write_fd(&raw_, fd, &out), out);
  }

  /** The C recorder, which stays this one's. */
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
 * The members of a struct as alog::fields, up to 64: ALOG_FIELDS(tick, time, price, size). They are listed in the order
 * in which they lie in the struct; their types are looked up. Members are integers, enumerations, bool, char, float and
 * double, and arrays of these, also std::array.
 */
#define ALOG_FIELDS(type, ...)                                                               \
  ([]() noexcept {                                                                           \
    static constexpr alog_field alog_list[] = {ALOG_FIELDS_EACH(__VA_ARGS__)(type, __VA_ARGS__)}; \
    return ::alog::fields<type>(alog_list);                                                  \
  }())
/** Not for use: what ALOG_FIELDS is made of. */
#define ALOG_FIELDS_1(type, member) \
  ::alog::detail::field<type, decltype(type::member)>(#member, offsetof(type, member))
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
#define ALOG_FIELDS_PICK(                                                                                             \
  _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, _21, _22, _23, _24, _25, \
  _26, _27, _28, _29, _30, _31, _32, _33, _34, _35, _36, _37, _38, _39, _40, _41, _42, _43, _44, _45, _46, _47, _48,  \
  _49, _50, _51, _52, _53, _54, _55, _56, _57, _58, _59, _60, _61, _62, _63, _64, each, ...) each
#define ALOG_FIELDS_EACH(...)                                                                                     \
  ALOG_FIELDS_PICK(__VA_ARGS__, ALOG_FIELDS_64, ALOG_FIELDS_63, ALOG_FIELDS_62, ALOG_FIELDS_61, ALOG_FIELDS_60,   \
  ALOG_FIELDS_59, ALOG_FIELDS_58, ALOG_FIELDS_57, ALOG_FIELDS_56, ALOG_FIELDS_55, ALOG_FIELDS_54, ALOG_FIELDS_53, \
  ALOG_FIELDS_52, ALOG_FIELDS_51, ALOG_FIELDS_50, ALOG_FIELDS_49, ALOG_FIELDS_48, ALOG_FIELDS_47, ALOG_FIELDS_46, \
  ALOG_FIELDS_45, ALOG_FIELDS_44, ALOG_FIELDS_43, ALOG_FIELDS_42, ALOG_FIELDS_41, ALOG_FIELDS_40, ALOG_FIELDS_39, \
  ALOG_FIELDS_38, ALOG_FIELDS_37, ALOG_FIELDS_36, ALOG_FIELDS_35, ALOG_FIELDS_34, ALOG_FIELDS_33, ALOG_FIELDS_32, \
  ALOG_FIELDS_31, ALOG_FIELDS_30, ALOG_FIELDS_29, ALOG_FIELDS_28, ALOG_FIELDS_27, ALOG_FIELDS_26, ALOG_FIELDS_25, \
  ALOG_FIELDS_24, ALOG_FIELDS_23, ALOG_FIELDS_22, ALOG_FIELDS_21, ALOG_FIELDS_20, ALOG_FIELDS_19, ALOG_FIELDS_18, \
  ALOG_FIELDS_17, ALOG_FIELDS_16, ALOG_FIELDS_15, ALOG_FIELDS_14, ALOG_FIELDS_13, ALOG_FIELDS_12, ALOG_FIELDS_11, \
  ALOG_FIELDS_10, ALOG_FIELDS_9, ALOG_FIELDS_8, ALOG_FIELDS_7, ALOG_FIELDS_6, ALOG_FIELDS_5, ALOG_FIELDS_4,       \
  ALOG_FIELDS_3, ALOG_FIELDS_2, ALOG_FIELDS_1, ALOG_FIELDS_0)

#if defined(__cpp_lib_ranges)
// What iterates these goes through the log, not through the object: it may outlive that.
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
