/*
 * Holds up: which alog_options are accepted and which are refused, before anything is allocated, and in which words
 * alog_options_problem tells why; how the struct grows (struct_size, zero bytes past the library's own); the defaults
 * that are filled in, and how alog_log_options reports them.
 */
#include "counting.h"
#include "fixture.h"

enum { FIRST_RELEASE = 56, LARGEST = 4096 };

/* An options struct of a release to come. */
typedef union any_options {
  alog_options known;
  unsigned char bytes[LARGEST + 64];
} any_options;

typedef alog_status (*create_function)(const alog_options *, alog_log **);

static unsigned char never_a_log;

/* Checks that creation ends with `expected`, and leaves the out alone if that is an error. */
static void check_create(alog_status expected, create_function create, const alog_options *options) {
  alog_log *const before = (alog_log *)(void *)&never_a_log;
  alog_log *log = before;
  CHECK_STATUS(expected, create(options, &log));
  if (expected == ALOG_OK) {
    CHECK(log != NULL && log != before);
    alog_log_release(log);
  } else {
    CHECK(log == before);
  }
}

static void check_fixed(alog_status expected, alog_options options) {
  check_create(expected, alog_log_create_fixed, &options);
}

static void check_bytes(alog_status expected, alog_options options) {
  check_create(expected, alog_log_create_bytes, &options);
}

static alog_options resolved(const alog_log *log) {
  alog_options options = ALOG_OPTIONS_INIT;
  CHECK_OK(alog_log_options(log, &options));
  return options;
}

static void init_writes_the_first_release_and_no_more(void) {
  any_options options;
  memset(&options, 0xaa, sizeof options);
  alog_options_init(&options.known);
  CHECK_U64(FIRST_RELEASE, options.known.struct_size);
  for (size_t i = sizeof(uint32_t); i < sizeof options; i++) {
    CHECK_U64(i < FIRST_RELEASE ? 0 : 0xaa, options.bytes[i]);
  }
}

static void init_ignores_null(void) { alog_options_init(NULL); }

static void macro_and_function_agree(void) {
  const alog_options by_macro = ALOG_OPTIONS_INIT;
  alog_options by_function;
  memset(&by_function, 0xff, sizeof by_function);
  alog_options_init(&by_function);
  CHECK_MEMORY(&by_function, &by_macro, FIRST_RELEASE);
}

static void struct_size_from_the_first_release_to_4096_is_accepted(void) {
  any_options options;
  memset(&options, 0, sizeof options);
  options.known = fixed_options(8, 4, 8);
  for (uint32_t size = FIRST_RELEASE; size <= LARGEST; size++) {
    options.known.struct_size = size;
    check_create(ALOG_OK, alog_log_create_fixed, &options.known);
  }
}

static void other_struct_sizes_are_refused(void) {
  any_options options;
  memset(&options, 0, sizeof options);
  options.known = fixed_options(8, 4, 8);
  for (uint32_t size = 0; size < FIRST_RELEASE; size++) {
    options.known.struct_size = size;
    check_create(ALOG_ERR_ARGUMENT, alog_log_create_fixed, &options.known);
  }
  const uint32_t too_large[] = {LARGEST + 1, LARGEST + 8, 65536, UINT32_MAX};
  for (size_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
    options.known.struct_size = too_large[i];
    check_create(ALOG_ERR_ARGUMENT, alog_log_create_fixed, &options.known);
  }
}

static void bytes_past_the_known_ones_must_be_zero(void) {
  any_options options;
  memset(&options, 0, sizeof options);
  options.known = fixed_options(8, 4, 8);
  options.known.struct_size = LARGEST;
  const size_t places[] = {sizeof(alog_options), sizeof(alog_options) + 7, 100, LARGEST - 1};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    options.bytes[places[i]] = 1;
    check_create(ALOG_ERR_ARGUMENT, alog_log_create_fixed, &options.known);
    options.bytes[places[i]] = 0;
  }
}

static void bytes_past_struct_size_are_not_looked_at(void) {
  any_options options;
  memset(&options, 0xff, sizeof options);
  options.known = fixed_options(8, 4, 8);
  check_create(ALOG_OK, alog_log_create_fixed, &options.known);
  memset(&options.bytes[FIRST_RELEASE], 0, 8);
  options.known.struct_size = FIRST_RELEASE + 8;
  check_create(ALOG_OK, alog_log_create_fixed, &options.known);
}

static void unknown_flags_are_refused(void) {
  for (uint32_t bit = 0; bit < 32; bit++) {
    alog_options options = fixed_options(8, 4, 8);
    options.flags = UINT32_C(1) << bit;
    const bool known = (options.flags & (ALOG_FLAG_AUTO_NOTIFY | ALOG_FLAG_PREFAULT)) != 0;
    const alog_status expected = known ? ALOG_OK : ALOG_ERR_ARGUMENT;
    check_fixed(expected, options);
    options.record_size = 0;
    check_bytes(expected, options);
    options.flags |= ALOG_FLAG_AUTO_NOTIFY | ALOG_FLAG_PREFAULT;
    check_bytes(expected, options);
  }
}

static void flags_are_reported(void) {
  const uint32_t all[] = {0, ALOG_FLAG_AUTO_NOTIFY, ALOG_FLAG_PREFAULT, ALOG_FLAG_AUTO_NOTIFY | ALOG_FLAG_PREFAULT};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    alog_options options = fixed_options(8, 4, 8);
    options.flags = all[i];
    alog_log *log = create_fixed(options);
    CHECK_U64(all[i], resolved(log).flags);
    alog_log_release(log);
    options.record_size = 0;
    log = create_bytes(options);
    CHECK_U64(all[i], resolved(log).flags);
    alog_log_release(log);
  }
}

static void zero_capacities_are_refused(void) {
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(0, 4, 8));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, 0, 8));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, 4, 0));
  check_bytes(ALOG_ERR_ARGUMENT, bytes_options(0, 64));
  check_bytes(ALOG_ERR_ARGUMENT, bytes_options(64, 0));
}

static void options_of_the_other_kind_are_refused(void) {
  alog_options options = fixed_options(8, 4, 8);
  options.segment_records = 4;
  check_fixed(ALOG_ERR_ARGUMENT, options);
  options = bytes_options(256, 64);
  options.record_size = 8;
  check_bytes(ALOG_ERR_ARGUMENT, options);
}

static void capacities_that_overflow_are_refused(void) {
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, UINT64_MAX, 8));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, UINT64_C(1) << 32, 8));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, 4, UINT64_MAX));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, 4, UINT64_MAX / 4));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(8, UINT64_C(1) << 31, UINT64_C(1) << 33));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(UINT64_MAX, 1, 8));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(UINT64_MAX, 2, 8));
  check_fixed(ALOG_ERR_ARGUMENT, fixed_options(UINT64_MAX, UINT64_MAX, UINT64_MAX));
  check_bytes(ALOG_ERR_ARGUMENT, bytes_options(UINT64_MAX, 1));
  check_bytes(ALOG_ERR_ARGUMENT, bytes_options(64, UINT64_C(1) << 32));
  check_bytes(ALOG_ERR_ARGUMENT, bytes_options(64, UINT64_MAX));
}

static void rounding_up_to_the_alignment_cannot_overflow(void) {
  alog_options options = fixed_options(8, 4, UINT64_MAX - 1);
  options.record_align = 4096;
  check_fixed(ALOG_ERR_ARGUMENT, options);
}

/* Too large for any allocator, but no overflow. Which of the two statuses is returned is left open; that nothing
 * happens is not. */
static void sizes_beyond_memory_are_refused(void) {
  const alog_options huge[] = {
      fixed_options(8, UINT32_MAX, UINT64_C(1) << 31),
      fixed_options(8, 4, UINT64_C(1) << 60),
      fixed_options(UINT64_C(1) << 59, 1, 8),
  };
  for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
    counting memory;
    counting_init(&memory);
    counting_fail(&memory, 1, true);
    alog_options options = huge[i];
    options.allocator = &memory.allocator;
    alog_log *log = NULL;
    const alog_status status = alog_log_create_fixed(&options, &log);
    CHECK(status == ALOG_ERR_ARGUMENT || status == ALOG_ERR_NO_MEMORY);
    CHECK(log == NULL);
    counting_done(&memory);
  }
}

static void alignments_other_than_powers_of_two_up_to_4096_are_refused(void) {
  for (uint32_t align = 1; align <= 8192; align++) {
    alog_options options = fixed_options(8, 4, 8);
    options.record_align = align;
    const bool good = align <= 4096 && (align & (align - 1)) == 0;
    check_fixed(good ? ALOG_OK : ALOG_ERR_ARGUMENT, options);
  }
  const uint32_t large[] = {UINT32_C(1) << 16, UINT32_C(1) << 31, UINT32_MAX};
  for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
    alog_options options = bytes_options(256, 64);
    options.record_align = large[i];
    check_bytes(ALOG_ERR_ARGUMENT, options);
  }
}

static void budget_is_at_least_one_more_than_a_view(void) {
  for (uint64_t retained = 1; retained <= 12; retained++) {
    for (uint64_t segment = 1; segment <= 5; segment++) {
      alog_options options = fixed_options(retained, segment, 8);
      const uint32_t view = (uint32_t)view_segments(retained, segment);
      for (uint32_t max = 1; max <= view + 3; max++) {
        options.max_segments = max;
        check_fixed(max >= view + 1 ? ALOG_OK : ALOG_ERR_ARGUMENT, options);
      }
    }
  }
}

static void budget_covers_what_is_preallocated(void) {
  alog_options options = fixed_options(8, 4, 8); /* K = 3 */
  options.max_segments = 5;
  options.preallocated_segments = 5;
  check_fixed(ALOG_OK, options);
  options.preallocated_segments = 6;
  check_fixed(ALOG_ERR_ARGUMENT, options);
  options.max_segments = 0;
  check_fixed(ALOG_OK, options);
}

static void refused_options_allocate_nothing(void) {
  counting memory;
  counting_init(&memory);
  alog_options options = fixed_options(8, 4, 8);
  options.allocator = &memory.allocator;
  options.flags = 1024;
  check_fixed(ALOG_ERR_ARGUMENT, options);
  options.flags = 0;
  options.max_segments = 1;
  check_fixed(ALOG_ERR_ARGUMENT, options);
  CHECK_U64(0, atomic_load(&memory.calls));
}

static void *allocate_nothing(void *context, size_t size, size_t align) {
  (void)context;
  (void)size;
  (void)align;
  return NULL;
}

static void deallocate_nothing(void *context, void *block, size_t size, size_t align) {
  (void)context;
  (void)block;
  (void)size;
  (void)align;
}

static void a_misaligned_allocator_is_refused(void) {
  const unsigned char bytes[sizeof(alog_allocator) + 1] = {0}; /* which is not looked at */
  alog_options options = fixed_options(8, 4, 8);
  options.allocator = (const alog_allocator *)(const void *)((uintptr_t)bytes % 2 == 0 ? bytes + 1 : bytes);
  alog_log *log = NULL;
  CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_log_create_fixed(&options, &log));
  CHECK(log == NULL);
}

/* Which of the two statuses refuses it is left open. */
static void half_an_allocator_is_refused(void) {
  const alog_allocator halves[] = {
      {NULL, allocate_nothing, NULL}, {NULL, NULL, deallocate_nothing}, {NULL, NULL, NULL}};
  for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
    alog_options options = fixed_options(8, 4, 8);
    options.allocator = &halves[i];
    alog_log *log = NULL;
    const alog_status status = alog_log_create_fixed(&options, &log);
    CHECK(status == ALOG_ERR_ARGUMENT || status == ALOG_ERR_NULL);
    CHECK(log == NULL);
    options.flags = UINT32_C(1) << 31; /* found before: what is behind a flag that is not known cannot be trusted */
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_log_create_fixed(&options, &log));
    CHECK(log == NULL);
  }
}

static void fixed_alignment_follows_the_record_size(void) {
  static const struct {
    uint64_t size;
    uint32_t align;
  } cases[] = {{1, 1},    {2, 2},    {3, 1},    {4, 4},    {6, 2},     {7, 1},     {8, 8},
               {24, 8},   {32, 32},  {48, 16},  {64, 64},  {96, 32},   {100, 4},   {128, 64},
               {192, 64}, {256, 64}, {320, 64}, {1000, 8}, {4096, 64}, {65536, 64}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    alog_log *log = create_fixed(fixed_options(8, 4, cases[i].size));
    CHECK_U64(cases[i].align, resolved(log).record_align);
    CHECK_U64(cases[i].size, resolved(log).record_size);
    alog_log_release(log);
  }
}

static void bytes_alignment_is_8_and_the_index_follows_the_segment(void) {
  static const struct {
    uint64_t segment;
    uint32_t records;
  } cases[] = {{8, 16}, {64, 16}, {512, 16}, {1024, 32}, {4096, 128}, {65536, 2048}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    alog_log *log = create_bytes(bytes_options(4 * cases[i].segment, cases[i].segment));
    CHECK_U64(8, resolved(log).record_align);
    CHECK_U64(cases[i].records, resolved(log).segment_records);
    CHECK_U64(0, resolved(log).record_size);
    alog_log_release(log);
  }
}

static void what_was_asked_for_is_reported(void) {
  alog_options options = fixed_options(9, 4, 24);
  options.record_align = 16;
  options.preallocated_segments = 5;
  options.max_segments = 7;
  alog_log *log = create_fixed(options);
  const alog_options told = resolved(log);
  CHECK_U64(0, told.flags);
  CHECK_U64(9, told.retained_capacity);
  CHECK_U64(4, told.segment_capacity);
  CHECK_U64(24, told.record_size);
  CHECK_U64(16, told.record_align);
  CHECK_U64(5, told.preallocated_segments);
  CHECK_U64(7, told.max_segments);
  CHECK(told.allocator == NULL);
  alog_log_release(log);

  options = bytes_options(500, 128);
  options.record_align = 1;
  options.segment_records = 3;
  log = create_bytes(options);
  CHECK_U64(500, resolved(log).retained_capacity);
  CHECK_U64(128, resolved(log).segment_capacity);
  CHECK_U64(1, resolved(log).record_align);
  CHECK_U64(3, resolved(log).segment_records);
  alog_log_release(log);
}

static void reported_allocator_belongs_to_the_log(void) {
  counting memory;
  counting_init(&memory);
  alog_allocator given = memory.allocator;
  alog_options options = fixed_options(8, 4, 8);
  options.allocator = &given;
  alog_log *log = create_fixed(options);
  memset(&given, 0, sizeof given); /* it was copied */

  const alog_options told = resolved(log);
  CHECK(told.allocator != NULL && told.allocator != &given);
  CHECK_POINTER(&memory, told.allocator->context);
  CHECK(told.allocator->allocate == counting_allocate);
  CHECK(told.allocator->deallocate == counting_deallocate);
  alog_log_release(log);
  counting_done(&memory);
}

static void reported_options_create_the_same_log_again(void) {
  alog_options options = fixed_options(10, 4, 24);
  options.max_segments = 9;
  alog_log *log = create_fixed(options);
  const alog_options told = resolved(log);
  alog_log *again = create_fixed(told);
  const alog_options retold = resolved(again);
  CHECK_MEMORY(&told, &retold, FIRST_RELEASE);
  alog_log_release(again);
  alog_log_release(log);
}

static void older_and_newer_callers_get_what_they_have_room_for(void) {
  alog_log *log = create_fixed(fixed_options(10, 4, 24));
  const alog_options expected = resolved(log);
  const uint32_t sizes[] = {FIRST_RELEASE, FIRST_RELEASE + 1, 64, 512, LARGEST};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    any_options out;
    memset(&out, 0xaa, sizeof out);
    out.known.struct_size = sizes[i];
    CHECK_OK(alog_log_options(log, &out.known));
    const size_t skip = sizeof expected.struct_size;
    CHECK_MEMORY((const unsigned char *)&expected + skip, out.bytes + skip, FIRST_RELEASE - skip);
    for (size_t j = FIRST_RELEASE; j < sizeof out; j++) {
      CHECK_U64(j < sizes[i] ? 0 : 0xaa, out.bytes[j]);
    }
  }
  alog_log_release(log);
}

static void reporting_needs_a_struct_size_too(void) {
  alog_log *log = create_fixed(fixed_options(10, 4, 24));
  const uint32_t sizes[] = {0, 4, FIRST_RELEASE - 1, LARGEST + 1, UINT32_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    any_options out;
    memset(&out, 0xaa, sizeof out);
    out.known.struct_size = sizes[i];
    CHECK_STATUS(ALOG_ERR_ARGUMENT, alog_log_options(log, &out.known));
    CHECK_U64(sizes[i], out.known.struct_size);
    for (size_t j = sizeof(uint32_t); j < sizeof out; j++) {
      CHECK_U64(0xaa, out.bytes[j]);
    }
  }
  alog_log_release(log);
}

/* -------------------------------------------------------------------------------------- problems */

enum { ENOUGH = 160, UNTOUCHED = 0xaa };

/* Checks that this is said of the options, in as much of a text as there is room for, and that the same status refuses
 * a log. */
static void check_problem(alog_status status, const char *said, const alog_options *options, bool bytes) {
  const size_t length = strlen(said);
  CHECK(length < ENOUGH);
  CHECK((length == 0) == (status == ALOG_OK));
  for (size_t size = 0; size <= ENOUGH; size++) {
    char text[ENOUGH + 8];
    memset(text, UNTOUCHED, sizeof text);
    CHECK_STATUS(status, alog_options_problem(options, bytes, text, size));
    size_t written = 0;
    if (size > 0) {
      const size_t fits = length < size ? length : size - 1;
      CHECK_MEMORY(said, text, fits);
      CHECK(text[fits] == '\0');
      written = fits + 1;
    }
    for (size_t i = written; i < sizeof text; i++) {
      CHECK_U64(UNTOUCHED, (unsigned char)text[i]);
    }
  }
  CHECK_STATUS(status, alog_options_problem(options, bytes, NULL, 0));
  CHECK_STATUS(ALOG_ERR_NULL, alog_options_problem(options, bytes, NULL, 1));
  check_create(status, bytes ? alog_log_create_bytes : alog_log_create_fixed, options);
}

static alog_options good_options(bool bytes) { return bytes ? bytes_options(256, 64) : fixed_options(8, 4, 8); }

/* A member of otherwise good options with a value that it may not have, and what the text says about it. */
static const struct wrong_member {
  bool fixed;
  bool bytes;
  size_t offset;
  size_t size;
  uint64_t value;
  const char *said;
} wrong_members[] = {
#define FIXED true, false
#define BYTES false, true
#define BOTH true, true
#define WRONG(kinds, member, value, why) \
  {kinds, offsetof(alog_options, member), sizeof(((alog_options *)NULL)->member), value, #member " " why}
#define NO_SIZE " is not the size of alog_options (ALOG_OPTIONS_INIT sets it): it is at least 56, and at most 4096"
    WRONG(BOTH, struct_size, 0, "0" NO_SIZE),
    WRONG(BOTH, struct_size, FIRST_RELEASE - 1, "55" NO_SIZE),
    WRONG(BOTH, struct_size, LARGEST + 1, "4097" NO_SIZE),
    WRONG(BOTH, struct_size, UINT32_MAX, "4294967295" NO_SIZE),
    WRONG(BOTH, flags, 4, "4 has a bit that this library does not know; it knows 3"),
    WRONG(BOTH, flags, UINT32_MAX, "4294967295 has a bit that this library does not know; it knows 3"),
    WRONG(BOTH, retained_capacity, 0, "0 keeps nothing: say how much stays readable"),
    WRONG(BOTH, retained_capacity, UINT64_MAX, "18446744073709551615 is 2^32 - 3 segments or more"),
    WRONG(FIXED, retained_capacity, UINT64_C(1) << 34, "17179869184 is 2^32 - 3 segments or more"),
    WRONG(BYTES, retained_capacity, UINT64_C(1) << 38, "274877906944 is 2^32 - 3 segments or more"),
    WRONG(BOTH, segment_capacity, 0, "0 holds nothing: say how much a segment has room for"),
    WRONG(BOTH, segment_capacity, UINT64_C(1) << 32, "4294967296 is more than 4294967295"),
    WRONG(BOTH, segment_capacity, UINT64_MAX, "18446744073709551615 is more than 4294967295"),
    WRONG(FIXED, record_size, 0, "0 is no size: say how many bytes a record has"),
    WRONG(BYTES, record_size, 1, "1 is not 0: records of a byte log have sizes of their own"),
    WRONG(BYTES, record_size, UINT64_MAX,
          "18446744073709551615 is not 0: records of a byte log have sizes of their own"),
    WRONG(BOTH, record_align, 3, "3 is not a power of two"),
    WRONG(BOTH, record_align, UINT32_MAX, "4294967295 is not a power of two"),
    WRONG(BOTH, record_align, 8192, "8192 is more than 4096"),
    WRONG(FIXED, segment_records, 1, "1 is not 0: it is for byte logs"),
    WRONG(FIXED, segment_records, UINT32_MAX, "4294967295 is not 0: it is for byte logs"),
#define OF_VIEW ", which is K + 1: retained_capacity / segment_capacity, rounded up, + 2"
    WRONG(FIXED, max_segments, 3, "3 is less than 4" OF_VIEW),
    WRONG(BYTES, max_segments, 5, "5 is less than 6" OF_VIEW),
};

static void each_wrong_member_is_named_with_its_value(void) {
  for (size_t i = 0; i < sizeof wrong_members / sizeof wrong_members[0]; i++) {
    const struct wrong_member *wrong = &wrong_members[i];
    for (int bytes = 0; bytes < 2; bytes++) {
      if (bytes ? !wrong->bytes : !wrong->fixed) {
        continue;
      }
      alog_options options = good_options(bytes);
      unsigned char *member = (unsigned char *)&options + wrong->offset;
      const uint32_t narrow = (uint32_t)wrong->value;
      if (wrong->size == sizeof narrow) {
        memcpy(member, &narrow, sizeof narrow);
      } else {
        memcpy(member, &wrong->value, sizeof wrong->value);
      }
      check_problem(ALOG_ERR_ARGUMENT, wrong->said, &options, bytes);
    }
  }
}

static void good_options_have_no_problem(void) {
  for (int bytes = 0; bytes < 2; bytes++) {
    alog_options options = good_options(bytes);
    check_problem(ALOG_OK, "", &options, bytes);
    options.max_segments = 6; /* K + 1 of the byte log */
    options.preallocated_segments = 6;
    options.record_align = 4096;
    options.flags = ALOG_FLAG_AUTO_NOTIFY | ALOG_FLAG_PREFAULT;
    check_problem(ALOG_OK, "", &options, bytes);
  }
}

static void members_that_do_not_go_together_are_named(void) {
  for (int bytes = 0; bytes < 2; bytes++) {
    alog_options options = good_options(bytes);
    options.preallocated_segments = 8;
    options.max_segments = 7;
    check_problem(ALOG_ERR_ARGUMENT, "max_segments 7 is less than 8, which is preallocated_segments", &options, bytes);
  }
  const char *overflow =
      "retained_capacity, segment_capacity and record_size are together more than this machine can address";
  alog_options options = fixed_options(8, 4, UINT64_MAX);
  check_problem(ALOG_ERR_ARGUMENT, overflow, &options, false);
  options = fixed_options(8, UINT64_C(1) << 31, UINT64_C(1) << 33);
  check_problem(ALOG_ERR_ARGUMENT, overflow, &options, false);
  /* Options of the other kind: the text names the member that makes them so. */
  options = good_options(false);
  check_problem(ALOG_ERR_ARGUMENT, "record_size 8 is not 0: records of a byte log have sizes of their own", &options,
                true);
  options = good_options(true);
  check_problem(ALOG_ERR_ARGUMENT, "record_size 0 is no size: say how many bytes a record has", &options, false);
}

static void members_of_a_release_to_come_are_named_by_struct_size(void) {
  for (int bytes = 0; bytes < 2; bytes++) {
    any_options options;
    memset(&options, 0, sizeof options);
    options.known = good_options(bytes);
    options.known.struct_size = 64;
    check_problem(ALOG_OK, "", &options.known, bytes);
    options.bytes[63] = 1;
    check_problem(
        ALOG_ERR_ARGUMENT,
        "struct_size 64 says that there are members which this library does not know, and one of them is not 0",
        &options.known, bytes);
  }
}

static void pointers_are_named_too(void) {
  const alog_allocator halves[] = {
      {NULL, allocate_nothing, NULL}, {NULL, NULL, deallocate_nothing}, {NULL, NULL, NULL}};
  for (int bytes = 0; bytes < 2; bytes++) {
    check_problem(ALOG_ERR_NULL, "the options are NULL", NULL, bytes);
    any_options misaligned;
    memset(&misaligned, 0, sizeof misaligned);
    check_problem(ALOG_ERR_ARGUMENT, "the options are not aligned",
                  (const alog_options *)(const void *)(misaligned.bytes + 1), bytes);
    alog_options options = good_options(bytes);
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
      options.allocator = &halves[i];
      check_problem(ALOG_ERR_NULL, "allocator has no allocate, or no deallocate: it needs both", &options, bytes);
    }
    options.allocator = (const alog_allocator *)(const void *)(misaligned.bytes + 1);
    check_problem(ALOG_ERR_ARGUMENT, "allocator is not aligned", &options, bytes);
  }
}

/* The question takes no memory. Memory may be short when the log is made. */
static void a_lack_of_memory_is_no_problem_of_the_options(void) {
  counting memory;
  counting_init(&memory);
  counting_fail(&memory, 1, true);
  for (int bytes = 0; bytes < 2; bytes++) {
    alog_options options = good_options(bytes);
    options.allocator = &memory.allocator;
    char text[ENOUGH];
    CHECK_OK(alog_options_problem(&options, bytes, text, sizeof text));
    CHECK(text[0] == '\0');
    CHECK_U64(bytes == 0 ? 0 : 1, atomic_load(&memory.calls));
    check_create(ALOG_ERR_NO_MEMORY, bytes ? alog_log_create_bytes : alog_log_create_fixed, &options);
  }
  counting_done(&memory);
}

int main(void) {
  RUN(init_writes_the_first_release_and_no_more);
  RUN(init_ignores_null);
  RUN(macro_and_function_agree);
  RUN(struct_size_from_the_first_release_to_4096_is_accepted);
  RUN(other_struct_sizes_are_refused);
  RUN(bytes_past_the_known_ones_must_be_zero);
  RUN(bytes_past_struct_size_are_not_looked_at);
  RUN(unknown_flags_are_refused);
  RUN(flags_are_reported);
  RUN(zero_capacities_are_refused);
  RUN(options_of_the_other_kind_are_refused);
  RUN(capacities_that_overflow_are_refused);
  RUN(rounding_up_to_the_alignment_cannot_overflow);
  RUN(sizes_beyond_memory_are_refused);
  RUN(alignments_other_than_powers_of_two_up_to_4096_are_refused);
  RUN(budget_is_at_least_one_more_than_a_view);
  RUN(budget_covers_what_is_preallocated);
  RUN(refused_options_allocate_nothing);
  RUN(a_misaligned_allocator_is_refused);
  RUN(half_an_allocator_is_refused);
  RUN(fixed_alignment_follows_the_record_size);
  RUN(bytes_alignment_is_8_and_the_index_follows_the_segment);
  RUN(what_was_asked_for_is_reported);
  RUN(reported_allocator_belongs_to_the_log);
  RUN(reported_options_create_the_same_log_again);
  RUN(older_and_newer_callers_get_what_they_have_room_for);
  RUN(reporting_needs_a_struct_size_too);
  RUN(each_wrong_member_is_named_with_its_value);
  RUN(good_options_have_no_problem);
  RUN(members_that_do_not_go_together_are_named);
  RUN(members_of_a_release_to_come_are_named_by_struct_size);
  RUN(pointers_are_named_too);
  RUN(a_lack_of_memory_is_no_problem_of_the_options);
  return 0;
}
