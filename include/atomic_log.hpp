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
 *   or 0.
 * - Errors are values: a function returns a status, or a result<T>, which holds a value if its status is ALOG_OK. Who
 *   would rather have exceptions writes .or_throw() behind the call. The rest works with -fno-exceptions and -fno-rtti.
 * - Everything is noexcept but or_throw, and emplace where the record's constructor is not.
 * - get() is the C handle, for what is not here; a constructor takes a C handle over, and detach() gives it back.
 * - alog::span is std::span from C++20 on, and a small view before; let all files of a program agree on which.
 */
#ifndef ALOG_ATOMIC_LOG_HPP
#define ALOG_ATOMIC_LOG_HPP

#include <atomic_log.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
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

namespace alog {

/** Sequences of records; end is exclusive. */
using range = alog_range;

/** What a refresh brought. */
using delta = alog_delta;

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

/** What a call had to say: an alog_status that knows its name and meaning. True if it is a success. */
class status {
 public:
  constexpr status(alog_status code) noexcept : code_(code) {}

  /** Whether it is a success: ALOG_OK, or one that says more, such as ALOG_UNCHANGED. */
  constexpr bool ok() const noexcept { return code_ >= ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return ok(); }
  constexpr alog_status code() const noexcept { return code_; }
  /** As alog_status_name: static, never NULL. */
  const char *name() const noexcept { return alog_status_name(code_); }
  /** As alog_status_message: static, never NULL. */
  const char *message() const noexcept { return alog_status_message(code_); }
#ifdef ALOG_EXCEPTIONS
  /** Throws an alog::error unless it is a success. */
  status or_throw() const;
#endif

  friend constexpr bool operator==(status a, status b) noexcept { return a.code_ == b.code_; }
  friend constexpr bool operator!=(status a, status b) noexcept { return a.code_ != b.code_; }

 private:
  alog_status code_;
};

#ifdef ALOG_EXCEPTIONS
/** What or_throw throws. Holds nothing but the status. */
class error : public std::exception {
 public:
  explicit error(alog::status status) noexcept : status_(status) {}
  alog::status status() const noexcept { return status_; }
  /** The status's message. */
  const char *what() const noexcept override { return status_.message(); }

 private:
  alog::status status_;
};

inline status status::or_throw() const {
  if (!ok()) throw error(*this);
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
  constexpr result(alog::status why) noexcept : status_(why) {}
  constexpr result(alog_status why) noexcept : status_(why) {}
  constexpr result(T &&value) noexcept : value_(std::move(value)) {}
  constexpr result(const T &value) noexcept : value_(value) {}

  /** Whether there is a value. */
  constexpr bool ok() const noexcept { return status_ == ALOG_OK; }
  constexpr explicit operator bool() const noexcept { return ok(); }
  constexpr alog::status status() const noexcept { return status_; }
  /** The status's message. */
  const char *message() const noexcept { return status_.message(); }

  constexpr T &value() & noexcept { return value_; }
  constexpr const T &value() const & noexcept { return value_; }
  /** By value, so that `for (... : call().value())` keeps it for as long as the loop runs. */
  constexpr T value() && noexcept { return std::move(value_); }
  constexpr T &operator*() & noexcept { return value_; }
  constexpr const T &operator*() const & noexcept { return value_; }
  constexpr T operator*() && noexcept { return std::move(value_); }
  constexpr T *operator->() noexcept { return &value_; }
  constexpr const T *operator->() const noexcept { return &value_; }

#ifdef ALOG_EXCEPTIONS
  /** The value; throws an alog::error if there is none. */
  T or_throw() && {
    if (!ok()) throw error(status_);
    return std::move(value_);
  }
  T &or_throw() & {
    if (!ok()) throw error(status_);
    return value_;
  }
#endif

 private:
  T value_{};
  alog::status status_{ALOG_OK};
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

  constexpr options &retained_capacity(std::uint64_t units) noexcept { return raw_.retained_capacity = units, *this; }
  constexpr options &segment_capacity(std::uint64_t units) noexcept { return raw_.segment_capacity = units, *this; }
  constexpr options &record_align(std::uint32_t bytes) noexcept { return raw_.record_align = bytes, *this; }
  constexpr options &segment_records(std::uint32_t records) noexcept { return raw_.segment_records = records, *this; }
  constexpr options &preallocated_segments(std::uint32_t segments) noexcept {
    return raw_.preallocated_segments = segments, *this;
  }
  constexpr options &max_segments(std::uint32_t segments) noexcept { return raw_.max_segments = segments, *this; }
  /** Must last until the log is created, which copies it. */
  constexpr options &allocator(const alog_allocator &allocator) noexcept { return raw_.allocator = &allocator, *this; }
  /** ALOG_FLAG_AUTO_NOTIFY. */
  constexpr options &auto_notify(bool on = true) noexcept { return flag(ALOG_FLAG_AUTO_NOTIFY, on); }
  /** ALOG_FLAG_PREFAULT. */
  constexpr options &prefault(bool on = true) noexcept { return flag(ALOG_FLAG_PREFAULT, on); }

  /** For C. */
  constexpr const alog_options &get() const noexcept { return raw_; }

 private:
  constexpr options &flag(std::uint32_t which, bool on) noexcept {
    raw_.flags = on ? raw_.flags | which : raw_.flags & ~which;
    return *this;
  }

  alog_options raw_ = ALOG_OPTIONS_INIT;
};

/** Walks through the byte records of one chunk. */
class byte_iterator {
 public:
  using value_type = byte_view;
  using reference = byte_view;
  using pointer = void;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;  // there is no reference to give
  using iterator_concept = std::forward_iterator_tag;

  constexpr byte_iterator() noexcept = default;
  constexpr byte_iterator(const std::byte *data, const alog_span *at) noexcept : data_(data), at_(at) {}
  constexpr byte_view operator*() const noexcept { return {data_ + at_->offset, at_->size}; }
  constexpr byte_iterator &operator++() noexcept { return ++at_, *this; }
  constexpr byte_iterator operator++(int) noexcept { return {data_, at_++}; }
  friend constexpr bool operator==(byte_iterator a, byte_iterator b) noexcept { return a.at_ == b.at_; }
  friend constexpr bool operator!=(byte_iterator a, byte_iterator b) noexcept { return a.at_ != b.at_; }

 private:
  const std::byte *data_ = nullptr;
  const alog_span *at_ = nullptr;
};

/** Not for use: what the rest is made of. */
namespace detail {

inline void end(alog_log *raw) noexcept { alog_log_release(raw); }
inline void end(alog_segment *raw) noexcept { alog_segment_release(raw); }
inline void end(alog_writer *raw) noexcept { alog_writer_release(raw); }
inline void end(alog_snapshot *raw) noexcept { alog_snapshot_destroy(raw); }
inline void end(alog_cursor *raw) noexcept { alog_cursor_destroy(raw); }
inline alog_log *retain(alog_log *raw) noexcept { return alog_log_retain(raw); }
inline alog_segment *retain(alog_segment *raw) noexcept { return alog_segment_retain(raw); }

/** A C handle that ends with its owner. */
template <class C>
class unique {
 public:
  constexpr unique() noexcept = default;
  constexpr explicit unique(C *raw) noexcept : raw_(raw) {}
  unique(unique &&other) noexcept : raw_(other.detach()) {}
  unique &operator=(unique &&other) noexcept {
    unique(std::move(other)).swap(*this);
    return *this;
  }
  unique(const unique &) = delete;
  unique &operator=(const unique &) = delete;
  ~unique() {
    if (raw_ != nullptr) end(raw_);
  }

  /** The C handle, which stays this handle's; NULL if it is empty. */
  C *get() const noexcept { return raw_; }
  /** Gives the C handle away; this handle is empty then. */
  [[nodiscard]] C *detach() noexcept { return std::exchange(raw_, nullptr); }
  /** Ends the C handle now; this handle is empty then. */
  void reset() noexcept { unique().swap(*this); }
  /** Whether there is a C handle. */
  explicit operator bool() const noexcept { return raw_ != nullptr; }
  void swap(unique &other) noexcept { std::swap(raw_, other.raw_); }

 private:
  C *raw_ = nullptr;
};

/** One that is counted: a copy is one more count. */
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
  ~counted() = default;
};

/** A handle that a C call may have made. */
template <class H, class C>
result<H> made(alog_status status, C *raw) noexcept {
  if (status != ALOG_OK) return status;
  return H(raw);
}

/** Nanoseconds for C; rounded up, none if it is negative, forever if std::chrono::nanoseconds does not hold it. */
template <class Rep, class Period>
constexpr std::uint64_t nanoseconds(std::chrono::duration<Rep, Period> timeout) noexcept {
  const double about = std::chrono::duration<double, std::nano>(timeout).count();
  if (!(about > 0)) return 0;
  if (about >= 9.2e18) return ALOG_WAIT_FOREVER;
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::nanoseconds>(timeout).count());
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
  using category = std::forward_iterator_tag;

  static iterator begin(const alog_chunk &chunk) noexcept { return static_cast<const T *>(chunk.data); }
  static iterator end(const alog_chunk &chunk) noexcept { return begin(chunk) + chunk.count; }
  static iterator at(const alog_chunk &chunk, std::size_t index) noexcept { return begin(chunk) + index; }
  static reference record(const alog_slice &slice) noexcept { return *static_cast<const T *>(slice.data); }

  /** Records lie in a row as in an array of T: only then is a chunk a span. */
  static constexpr alog_status fits(const alog_options &options) noexcept {
    if (options.record_size == 0) return ALOG_ERR_KIND;
    const bool good = options.record_size == sizeof(T) && options.record_align >= alignof(T) &&
                      options.record_align <= sizeof(T) && sizeof(T) % options.record_align == 0;
    return good ? ALOG_OK : ALOG_ERR_ARGUMENT;
  }
  static alog_status create(alog_options options, alog_log **out) noexcept {
    if (options.record_size != 0 && options.record_size != sizeof(T)) return ALOG_ERR_ARGUMENT;
    options.record_size = sizeof(T);
    if (options.record_align == 0) {
      if (alignof(T) > 64) options.record_align = alignof(T);  // the library's own choice stops there
    } else if (fits(options) != ALOG_OK) {
      return ALOG_ERR_ARGUMENT;
    }
    return alog_log_create_fixed(&options, out);
  }
};

/** ... and one of bytes. */
template <>
struct kind<bytes> {
  using element = std::byte;
  using value = byte_view;
  using reference = byte_view;
  using iterator = byte_iterator;
  using category = std::input_iterator_tag;

  static iterator begin(const alog_chunk &chunk) noexcept { return at(chunk, 0); }
  static iterator end(const alog_chunk &chunk) noexcept { return at(chunk, chunk.count); }
  static iterator at(const alog_chunk &chunk, std::size_t index) noexcept {
    return {static_cast<const std::byte *>(chunk.data), chunk.spans + index};
  }
  static reference record(const alog_slice &slice) noexcept {
    return {static_cast<const std::byte *>(slice.data), slice.size};
  }
  static constexpr alog_status fits(const alog_options &options) noexcept {
    return options.record_size == 0 ? ALOG_OK : ALOG_ERR_KIND;
  }
  static alog_status create(const alog_options &options, alog_log **out) noexcept {
    return alog_log_create_bytes(&options, out);
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
  const alog_chunk &get() const noexcept { return raw_; }
  /** For C, to be written to. */
  alog_chunk *out() noexcept { return &raw_; }

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

/** Chunks one after the other, from a snapshot or a cursor; a range of const chunk<T> &. */
template <class T, class Source>
class chunk_range {
 public:
  struct sentinel {};

  class iterator {
   public:
    using value_type = chunk<T>;
    using reference = const chunk<T> &;
    using pointer = const chunk<T> *;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    explicit iterator(Source source) noexcept : source_(source), there_(source_.fetch(chunk_.out())) {}
    reference operator*() const noexcept { return chunk_; }
    pointer operator->() const noexcept { return &chunk_; }
    iterator &operator++() noexcept {
      there_ = source_.fetch(chunk_.out());
      return *this;
    }
    void operator++(int) noexcept { ++*this; }
    friend bool operator==(const iterator &at, sentinel) noexcept { return !at.there_; }
    friend bool operator!=(const iterator &at, sentinel) noexcept { return at.there_; }

   private:
    Source source_;
    chunk<T> chunk_;
    bool there_;
  };

  explicit chunk_range(Source source) noexcept : source_(source) {}
  iterator begin() const noexcept { return iterator(source_); }
  sentinel end() const noexcept { return {}; }

 private:
  Source source_;
};

/** Walks through records of a snapshot, across its chunks. */
template <class T>
class record_iterator {
  using kind = detail::kind<T>;

 public:
  using value_type = typename kind::value;
  using reference = typename kind::reference;
  using pointer = std::conditional_t<std::is_same_v<T, bytes>, void, const T *>;
  using difference_type = std::ptrdiff_t;
  using iterator_category = typename kind::category;
  using iterator_concept = std::forward_iterator_tag;

  /** Behind the last record. */
  record_iterator() noexcept = default;
  /** At a record of a chunk: the view's `index`th. */
  record_iterator(const alog_snapshot *view, std::size_t index, std::size_t record) noexcept : view_(view) {
    load(index, record);
  }

  reference operator*() const noexcept { return *at_; }
  pointer operator->() const noexcept { return at_; }
  record_iterator &operator++() noexcept {
    if (++at_ == end_) load(next_, 0);
    return *this;
  }
  record_iterator operator++(int) noexcept {
    record_iterator was = *this;
    ++*this;
    return was;
  }
  friend bool operator==(const record_iterator &a, const record_iterator &b) noexcept { return a.at_ == b.at_; }
  friend bool operator!=(const record_iterator &a, const record_iterator &b) noexcept { return a.at_ != b.at_; }

 private:
  void load(std::size_t index, std::size_t record) noexcept {
    alog_chunk chunk;
    if (alog_snapshot_chunk(view_, index, &chunk) == ALOG_OK) {
      at_ = kind::at(chunk, record);
      end_ = kind::end(chunk);
      next_ = index + 1;
    } else {
      at_ = typename kind::iterator();
    }
  }

  const alog_snapshot *view_ = nullptr;
  std::size_t next_ = 0;
  typename kind::iterator at_{};
  typename kind::iterator end_{};
};

/** Some records of a snapshot in a row, across its chunks; valid while the snapshot is and stays as it is. */
template <class T>
class record_range {
 public:
  using iterator = record_iterator<T>;
  using const_iterator = iterator;

  /** Empty. */
  record_range() noexcept = default;
  record_range(iterator begin, iterator end) noexcept : begin_(begin), end_(end) {}
  iterator begin() const noexcept { return begin_; }
  iterator end() const noexcept { return end_; }

 private:
  iterator begin_, end_;
};

/**
 * Room in the log that the writer fills before it commits: a range of T, or the bytes of one record. Cancelled when it
 * is destroyed, unless it was committed.
 *
 * It ends, too, with whatever else ends a reservation (see alog_writer_reserve): do not make another on the same writer
 * while this one is there. It must not outlive the writer's handle. It moves, but only to where none was.
 */
template <class T>
class [[nodiscard]] reservation {
 public:
  using element_type = typename detail::kind<T>::element;

  /** Empty. */
  constexpr reservation() noexcept = default;
  /** From C: what the writer's last alog_writer_reserve gave. */
  reservation(alog_writer *writer, const alog_reservation &raw) noexcept
      : writer_(writer), room_(static_cast<element_type *>(raw.data), raw.capacity) {}
  reservation(reservation &&other) noexcept
      : writer_(std::exchange(other.writer_, nullptr)), room_(std::exchange(other.room_, span<element_type>())) {}
  reservation &operator=(reservation &&) = delete;
  ~reservation() { cancel(); }

  /** Not initialised: assign to each element that is used, or make it there with new. */
  span<element_type> room() const noexcept { return room_; }
  element_type *data() const noexcept { return room_.data(); }
  std::size_t size() const noexcept { return room_.size(); }
  element_type *begin() const noexcept { return room_.data(); }
  element_type *end() const noexcept { return room_.data() + room_.size(); }
  element_type &operator[](std::size_t index) const noexcept { return room_[index]; }

  /** As alog_writer_commit. If more is used than there is, it says ALOG_ERR_ARGUMENT, and the reservation stays. */
  [[nodiscard]] status commit(std::size_t used) noexcept {
    const alog_status status = alog_writer_commit(writer_, used);
    if (status != ALOG_ERR_ARGUMENT) ended();
    return status;
  }
  /** All of it. */
  [[nodiscard]] status commit() noexcept { return commit(room_.size()); }
  /** As alog_writer_cancel. Nothing happens if the reservation has ended. */
  void cancel() noexcept {
    if (writer_ != nullptr) alog_writer_cancel(writer_);
    ended();
  }

 private:
  void ended() noexcept {
    writer_ = nullptr;
    room_ = span<element_type>();
  }

  alog_writer *writer_ = nullptr;
  span<element_type> room_;
};

/**
 * An open group of a writer: what the writer appends and commits stays invisible until it is published. Abandoned when
 * it is destroyed, unless it was published. It must not outlive the writer's handle. It moves, but only to where none
 * was.
 */
class [[nodiscard]] open_group {
 public:
  /** Empty. */
  constexpr open_group() noexcept = default;
  /** From C: a writer whose group is open. */
  constexpr explicit open_group(alog_writer *writer) noexcept : writer_(writer) {}
  open_group(open_group &&other) noexcept : writer_(std::exchange(other.writer_, nullptr)) {}
  open_group &operator=(open_group &&) = delete;
  ~open_group() { abandon(); }

  /** As alog_writer_publish. ALOG_ERR_NULL if the group has ended. */
  status publish() noexcept { return alog_writer_publish(std::exchange(writer_, nullptr)); }
  /** As alog_writer_abandon. Nothing happens if the group has ended. */
  void abandon() noexcept {
    if (writer_ != nullptr) alog_writer_abandon(std::exchange(writer_, nullptr));
  }

 private:
  alog_writer *writer_ = nullptr;
};

namespace detail {

/** What the writers of both kinds do. */
template <class T>
class writer_base : public unique<alog_writer> {
 public:
  using unique<alog_writer>::unique;

  /** As alog_writer_begin: opens a group, which is abandoned unless it is published. */
  result<open_group> group() noexcept {
    const alog_status status = alog_writer_begin(get());
    if (status != ALOG_OK) return status;
    return open_group(get());
  }
  /** As alog_writer_reserve: of T, up to `want` records in a row, at least one; of bytes, the one record's size. */
  result<reservation<T>> reserve(std::size_t want) noexcept {
    alog_reservation raw;
    const alog_status status = alog_writer_reserve(get(), want, &raw);
    if (status != ALOG_OK) return status;
    return reservation<T>(get(), raw);
  }
  /** As alog_writer_next_sequence. */
  std::uint64_t next_sequence() const noexcept { return alog_writer_next_sequence(get()); }
  /** As alog_writer_notify. */
  status notify() noexcept { return alog_writer_notify(get()); }
  /** As alog_writer_trim. */
  status trim() noexcept { return alog_writer_trim(get()); }
  /** As alog_writer_log. */
  alog::log<T> log() const noexcept { return alog::log<T>(alog_writer_log(get())); }
};

}  // namespace detail

/** The one writer of a log of T. Unique; one thread at a time, and it may move between threads. */
template <class T>
class writer : public detail::writer_base<T> {
 public:
  using detail::writer_base<T>::writer_base;

  /** As alog_writer_append: one record, copied. */
  [[nodiscard]] status append(const T &record) noexcept { return alog_writer_append(this->get(), &record, sizeof(T)); }
  /** As alog_writer_append_batch: all of them visible at once, or none. */
  [[nodiscard]] status append_batch(span<const T> records) noexcept {
    return append_batch(records.data(), records.size());
  }
  [[nodiscard]] status append_batch(const T *records, std::size_t count) noexcept {
    return alog_writer_append_batch(this->get(), records, count);
  }
  /**
   * One record, made in the log out of `arguments`: a reserve and a commit. Less to copy than an append where T is
   * large, more to do where it is small. If the constructor throws, nothing was appended.
   */
  template <class... Arguments>
  [[nodiscard]] status emplace(Arguments &&...arguments) noexcept(makes_without_throwing<Arguments...>()) {
    result<reservation<T>> room = this->reserve(1);
    if (!room) return room.status();
    make(room->data(), std::forward<Arguments>(arguments)...);
    return room->commit(1);
  }

 private:
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
  [[nodiscard]] status append(const void *data, std::size_t size) noexcept {
    return alog_writer_append(get(), data, size);
  }
  [[nodiscard]] status append(byte_view record) noexcept { return append(record.data(), record.size()); }
  [[nodiscard]] status append(std::string_view record) noexcept { return append(record.data(), record.size()); }
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
  struct source {
    alog_cursor *raw;
    bool fetch(alog_chunk *out) noexcept { return alog_cursor_next(raw, out) == ALOG_OK; }
  };

 public:
  using detail::unique<alog_cursor>::unique;

  /** As alog_cursor_next: what is unread of one segment. There is none, and the status is ALOG_END, behind the last. */
  result<alog::chunk<T>> next() noexcept {
    alog_chunk raw;
    const alog_status status = alog_cursor_next(get(), &raw);
    if (status != ALOG_OK) return status;
    return alog::chunk<T>(raw);
  }
  /** The same as a loop, which reads what it goes through: for (const auto &chunk : cursor.unread()). */
  chunk_range<T, source> unread() & noexcept { return chunk_range<T, source>({get()}); }
  chunk_range<T, source> unread() && = delete;
  /** As alog_cursor_seek. */
  status seek(std::uint64_t sequence) noexcept { return alog_cursor_seek(get(), sequence); }
  /** As alog_cursor_refresh: ALOG_OK, or ALOG_UNCHANGED if nothing was published since. */
  status refresh() noexcept { return alog_cursor_refresh(get(), nullptr); }
  /** The same; `out` receives what is to be read now, and what was lost. */
  status refresh(delta &out) noexcept { return alog_cursor_refresh(get(), &out); }
  /** As alog_cursor_wait: ALOG_OK, ALOG_TIMEOUT or ALOG_INTERRUPTED. A timeout of 0 or less only looks. */
  template <class Rep, class Period>
  status wait(std::chrono::duration<Rep, Period> timeout) noexcept {
    return alog_cursor_wait(get(), detail::nanoseconds(timeout));
  }
  /** Without a timeout. */
  status wait() noexcept { return alog_cursor_wait(get(), ALOG_WAIT_FOREVER); }
  /** As alog_cursor_position. */
  std::uint64_t position() const noexcept { return alog_cursor_position(get()); }
  /** As alog_cursor_pin: the segment of the chunk that was last read. */
  result<segment> pin() const noexcept {
    alog_segment *raw = nullptr;
    const alog_status status = alog_cursor_pin(get(), &raw);
    return detail::made<segment>(status, raw);
  }
};

/**
 * A stable view of the records that were retained when it was taken or last refreshed: a range of const T &, or of
 * byte_view. Unique; const calls from many threads at once, refresh and the end alone. A refresh ends what iterates.
 */
template <class T>
class snapshot : public detail::unique<alog_snapshot> {
  using kind = detail::kind<T>;
  struct source {
    const alog_snapshot *raw;
    std::size_t next;
    bool fetch(alog_chunk *out) noexcept { return alog_snapshot_chunk(raw, next++, out) == ALOG_OK; }
  };

 public:
  using value_type = typename kind::value;
  using iterator = record_iterator<T>;
  using const_iterator = iterator;

  using detail::unique<alog_snapshot>::unique;

  /** As alog_snapshot_refresh: ALOG_OK, or ALOG_UNCHANGED if nothing was published since. */
  status refresh() noexcept { return alog_snapshot_refresh(get(), nullptr); }
  /** The same; `out` receives what is new and what was lost. */
  status refresh(delta &out) noexcept { return alog_snapshot_refresh(get(), &out); }
  /** As alog_snapshot_wait: ALOG_OK, ALOG_TIMEOUT or ALOG_INTERRUPTED. A timeout of 0 or less only looks. */
  template <class Rep, class Period>
  status wait(std::chrono::duration<Rep, Period> timeout) const noexcept {
    return alog_snapshot_wait(get(), detail::nanoseconds(timeout));
  }
  /** Without a timeout. */
  status wait() const noexcept { return alog_snapshot_wait(get(), ALOG_WAIT_FOREVER); }

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
  result<typename kind::reference> record(std::uint64_t sequence) const noexcept {
    alog_slice raw;
    const alog_status status = alog_snapshot_record(get(), sequence, &raw);
    if (status != ALOG_OK) return status;
    return kind::record(raw);
  }

  /** All records in order. A loop over chunks and one within each is what a compiler makes most of. */
  iterator begin() const noexcept { return iterator(get(), 0, 0); }
  iterator end() const noexcept { return iterator(); }
  /**
   * The records with these sequences: of latest(), say. Finding the first is a binary search among the chunks.
   * ALOG_ERR_OUT_OF_RANGE if one of them is not in view, or the range is none.
   */
  result<record_range<T>> records(alog::range sequences) const noexcept {
    const result<alog::range> all = range();
    if (!all) return all.status();
    if (sequences.begin > sequences.end || sequences.begin < all->begin || sequences.end > all->end) {
      return ALOG_ERR_OUT_OF_RANGE;
    }
    return record_range<T>(find(sequences.begin, all->end), find(sequences.end, all->end));
  }

  /** As alog_snapshot_chunk_count. */
  std::size_t chunk_count() const noexcept { return alog_snapshot_chunk_count(get()); }
  /** As alog_snapshot_chunk: `index` 0 for the oldest. */
  result<alog::chunk<T>> chunk(std::size_t index) const noexcept {
    alog_chunk raw;
    const alog_status status = alog_snapshot_chunk(get(), index, &raw);
    if (status != ALOG_OK) return status;
    return alog::chunk<T>(raw);
  }
  /** All of them, oldest first: for (const auto &chunk : view.chunks()) for (const T &record : chunk). */
  chunk_range<T, source> chunks() const & noexcept { return chunk_range<T, source>({get(), 0}); }
  chunk_range<T, source> chunks() const && = delete;
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
  /** A record in view, or the view's end. */
  iterator find(std::uint64_t sequence, std::uint64_t view_end) const noexcept {
    if (sequence == view_end) return end();
    std::size_t low = 0;  // it is in one of the chunks [low, high)
    std::size_t high = chunk_count();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      alog_chunk raw;
      if (alog_snapshot_chunk(get(), middle, &raw) != ALOG_OK) break;
      if (sequence < raw.first_sequence) {
        high = middle;
      } else if (sequence - raw.first_sequence >= raw.count) {
        low = middle + 1;
      } else {
        return iterator(get(), middle, static_cast<std::size_t>(sequence - raw.first_sequence));
      }
    }
    return end();
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
   * must be a divisor of the size, so that records lie as in an array; alignas on T does the rest.
   */
  static result<log> create(const alog::options &options) noexcept {
    alog_log *raw = nullptr;
    const alog_status status = kind::create(options.get(), &raw);
    return detail::made<log>(status, raw);
  }
  /**
   * Takes over one count of a C handle, if its records are what T is: ALOG_ERR_KIND or ALOG_ERR_ARGUMENT if they are
   * not, and then the count is still the caller's. The constructor does the same without asking.
   */
  static result<log> adopt(alog_log *raw) noexcept {
    alog_options resolved = ALOG_OPTIONS_INIT;
    alog_status status = alog_log_options(raw, &resolved);
    if (status == ALOG_OK) status = kind::fits(resolved);
    return detail::made<log>(status, raw);
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
  std::size_t describe(char *buffer, std::size_t size) const noexcept {
    return alog_log_describe(get(), buffer, size);
  }
  /** As alog_log_stats. */
  result<alog_stats> stats() const noexcept {
    alog_stats out = ALOG_STATS_INIT;
    const alog_status status = alog_log_stats(get(), &out);
    if (status != ALOG_OK) return status;
    return out;
  }
};

/** Records of any size. */
using bytes_log = log<bytes>;
using bytes_writer = writer<bytes>;
using bytes_snapshot = snapshot<bytes>;
using bytes_cursor = cursor<bytes>;
using bytes_chunk = chunk<bytes>;

}  // namespace alog

#undef ALOG_CPLUSPLUS
#undef ALOG_EXCEPTIONS

#endif
