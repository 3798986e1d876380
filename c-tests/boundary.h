/*
 * What the tests of the boundary share: a description of each function, which boundary.py reads out of the header and
 * its comments; a world, which is a log with a handle of each type, in one of the states that a call may depend on; and
 * calls that are made through the description.
 *
 * Records are numbers of 8 bytes (fixture.h), in logs of either kind, so their sequence tells what they should be.
 */
#ifndef BOUNDARY_H
#define BOUNDARY_H

#include <fcntl.h>
#ifdef _WIN32
#include <io.h>
#endif

#include "counting.h"
#include "fixture.h"

/* Bytes of a record, and how many a batch has: more than fit in a segment. */
enum { RECORD = sizeof(uint64_t), RECORDS = 6 };

typedef enum handle_type { LOG, WRITER, SNAPSHOT, CURSOR, SEGMENT, HANDLES } handle_type;
typedef enum record_kind { ANY_KIND, FIXED_KIND, BYTES_KIND } record_kind;

/* ------------------------------------------------------------------------------------ allocator */

/*
 * Keeps each block that is given back, with its content, until the end. So to look at a handle after it was destroyed
 * is defined. It also knows which blocks were never given back.
 */
enum { KEPT_BLOCKS = 256 };

typedef struct keeping {
  alog_allocator allocator; /* what the log is given */
  counting counts;
  struct {
    void *block;
    size_t size;
    size_t align;
    bool given_back;
  } blocks[KEPT_BLOCKS];
  size_t count;
} keeping;

static void *keeping_allocate(void *context, size_t size, size_t align) {
  keeping *self = (keeping *)context;
  CHECK(self->count < KEPT_BLOCKS);
  void *block = counting_allocate(&self->counts, size, align);
  self->blocks[self->count].block = block;
  self->blocks[self->count].size = size;
  self->blocks[self->count].align = align;
  self->blocks[self->count].given_back = false;
  self->count++;
  return block;
}

static void keeping_deallocate(void *context, void *block, size_t size, size_t align) {
  keeping *self = (keeping *)context;
  size_t i = 0;
  while (i < self->count && self->blocks[i].block != block) {
    i++;
  }
  CHECK(i < self->count);
  CHECK(!self->blocks[i].given_back);
  CHECK_U64(self->blocks[i].size, size);
  CHECK_U64(self->blocks[i].align, align);
  self->blocks[i].given_back = true;
}

static void keeping_init(keeping *self) {
  counting_init(&self->counts);
  self->allocator.context = self;
  self->allocator.allocate = keeping_allocate;
  self->allocator.deallocate = keeping_deallocate;
  self->count = 0;
}

/* How many blocks the library has. */
static size_t keeping_live(const keeping *self) {
  size_t live = 0;
  for (size_t i = 0; i < self->count; i++) {
    live += !self->blocks[i].given_back;
  }
  return live;
}

/* Frees all blocks. Returns how many of them were not given back. */
static size_t keeping_end(keeping *self) {
  const size_t lost = keeping_live(self);
  for (size_t i = 0; i < self->count; i++) {
    counting_deallocate(&self->counts, self->blocks[i].block, self->blocks[i].size, self->blocks[i].align);
  }
  counting_done(&self->counts);
  self->count = 0;
  return lost;
}

/* ---------------------------------------------------------------------------------------- world */

enum { OUTS = 5, NO_TEXT = OUTS, OUT_ROOM = 1024, CANARY = 0x5a, OLD_VIEWS = 8, APPENDED = 32 };

typedef struct world {
  keeping memory;
  bool plain; /* the log has malloc's memory, not ours */
  bool bytes;
  bool finished; /* by its last writer */
  alog_options options;
  void *handles[HANDLES]; /* NULL: none */
  uint64_t tags[HANDLES]; /* what they begin with */
  /* Taken while the log grew. They hold all that was evicted, so the next segment, its window and its table are
   * allocated. */
  alog_snapshot *old[OLD_VIEWS];
  alog_range old_range[OLD_VIEWS]; /* what they show */
  alog_range range;                /* what the log, its snapshot and its cursor show */
  uint64_t next;
  /* What calls pass. */
  uint64_t numbers[RECORDS];
  alog_slice slices[RECORDS];
  uint32_t sizes[RECORDS];
  alog_channel channel;
  alog_sink sink;
  alog_recorder recorder;
  uint64_t fd;
  union {
    max_align_t align;
    unsigned char bytes[OUT_ROOM];
  } outs[OUTS], untouched[OUTS];
} world;

/* How many states there are of a handle of this type: of a log with a writer, without one, and finished; of a writer
 * with nothing open, with a group, with a reservation, with segments that old views let go; of a snapshot of a log that
 * goes on, and of one that was finished; of a cursor before and after its first chunk, and of one that has read a
 * finished log to its end. */
static int states_of(handle_type type) {
  static const int states[] = {3, 4, 2, 3, 1};
  return type == HANDLES ? 1 : states[type];
}

static bool is_finished(handle_type type, int state) {
  return (type == LOG && state == 2) || (type == SNAPSHOT && state == 1) || (type == CURSOR && state == 2);
}

static uint64_t tag_of(const void *handle) {
  uint64_t tag;
  memcpy(&tag, handle, sizeof tag);
  return tag;
}

/* A writer's next records, for calls to append. */
static void fill_numbers(world *w) {
  for (size_t i = 0; i < RECORDS; i++) {
    w->numbers[i] = number(w->next + i);
    w->slices[i].data = &w->numbers[i];
    w->slices[i].size = RECORD;
    w->sizes[i] = RECORD;
  }
}

/* Destroys the oldest `count` of the views that were taken while the log grew. */
static void let_go(world *w, int count) {
  for (int i = 0; i < count; i++) {
    if (w->old[i] != NULL) {
      alog_snapshot_destroy(w->old[i]);
      w->old[i] = NULL;
    }
  }
}

/* A channel for logs of either kind. */
static alog_channel any_channel(void) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/numbers";
  channel.message_encoding = "number";
  return channel;
}

/* A file descriptor that takes everything. */
static int nowhere(void) {
  static int fd = -1;
  if (fd < 0) {
#ifdef _WIN32
    fd = open("NUL", O_WRONLY);
#else
    fd = open("/dev/null", O_WRONLY);
#endif
    CHECK(fd >= 0);
  }
  return fd;
}

static alog_status swallow(void *context, const void *data, size_t size) {
  CHECK(context == NULL && data != NULL && size > 0);
  return ALOG_OK;
}

static void world_build(world *w, bool bytes, bool plain, handle_type type, int state) {
  memset((void *)w, 0, sizeof *w);
  keeping_init(&w->memory);
  w->bytes = bytes;
  w->plain = plain;
  /* Segments of 4 records; at least 8 records are retained, in either kind. */
  w->options = bytes ? bytes_options(8 * RECORD, 4 * RECORD) : fixed_options(8, 4, RECORD);
  w->options.allocator = plain ? NULL : &w->memory.allocator;
  alog_log *log = bytes ? create_bytes(w->options) : create_fixed(w->options);
  alog_writer *writer = claim(log);
  for (int i = 0; i < OLD_VIEWS; i++) {
    append_numbers(writer, APPENDED / OLD_VIEWS);
    w->old[i] = snapshot_of(log);
    w->old_range[i] = range_of(w->old[i]);
  }
  w->range = log_range_of(log);
  CHECK(w->range.begin > 0);
  alog_snapshot *snapshot = snapshot_of(log);
  alog_cursor *cursor = cursor_over(snapshot);
  w->handles[LOG] = log;
  w->handles[WRITER] = writer;
  w->handles[SNAPSHOT] = snapshot;
  w->handles[CURSOR] = cursor;
  w->handles[SEGMENT] = pin_of(snapshot, 0);
  w->next = APPENDED;
  for (int i = 0; i < HANDLES; i++) {
    w->tags[i] = tag_of(w->handles[i]);
  }
  if (type == LOG && state == 1) {
    alog_writer_release(writer);
    w->handles[WRITER] = NULL;
  }
  if (is_finished(type, state)) {
    CHECK_OK(alog_writer_finish(writer));
    w->handles[WRITER] = NULL;
    w->finished = true;
  }
  if (type == WRITER && state == 1) {
    CHECK_OK(alog_writer_begin(writer));
    append_numbers(writer, 1);
    w->next++;
  }
  if (type == WRITER && state == 2) {
    alog_reservation room = {NULL, 0, 0};
    const uint64_t value = number(w->next);
    CHECK_OK(alog_writer_reserve(writer, bytes ? RECORD : 1, &room));
    memcpy(room.data, &value, sizeof value);
  }
  if (type == WRITER && state == 3) {
    let_go(w, OLD_VIEWS - 1);
  }
  if (type == CURSOR && state == 1) {
    alog_chunk chunk;
    CHECK_OK(alog_cursor_next(cursor, &chunk));
  }
  if (type == CURSOR && state == 2) {
    CHECK_OK(alog_cursor_seek(cursor, w->range.end));
  }
  fill_numbers(w);
  w->channel = any_channel();
  w->sink.write = swallow;
  CHECK_OK(alog_recorder_init(&w->recorder, &w->sink));
  w->fd = (uint64_t)nowhere();
  for (size_t i = 0; i < OUTS; i++) {
    memset(w->outs[i].bytes, CANARY, OUT_ROOM);
    memset(w->untouched[i].bytes, CANARY, OUT_ROOM);
  }
}

/* A place for an out parameter, filled with a canary. Its struct_size is set if the comment asks for that. */
static void *out_of(world *w, size_t index, bool struct_size, size_t size) {
  CHECK(index < OUTS && size <= OUT_ROOM / 2);
  memset(w->untouched[index].bytes, CANARY, OUT_ROOM);
  if (struct_size) {
    const uint32_t says = (uint32_t)size;
    memcpy(w->untouched[index].bytes, &says, sizeof says);
  }
  w->outs[index] = w->untouched[index];
  return w->outs[index].bytes;
}

/* Checks that no out was written since `out_of`. */
static void check_outs(const world *w) {
  for (size_t i = 0; i < OUTS; i++) {
    CHECK_MEMORY(w->untouched[i].bytes, w->outs[i].bytes, OUT_ROOM);
  }
}

/* ------------------------------------------------------------------------------------ functions */

typedef union argument {
  void *pointer;
  uint64_t number;
} argument;

/* What a function returned. */
typedef struct answer {
  int32_t status;
  uint64_t number;
  const void *pointer;
} answer;

enum role { ROLE_HANDLE, ROLE_IN, ROLE_OUT, ROLE_VALUE };
enum of_null { NULL_REFUSED, NULL_ALLOWED, NULL_IF_ZERO, NULL_IF_ALL_ZERO };
enum returns { RETURNS_NOTHING, RETURNS_STATUS, RETURNS_NUMBER, RETURNS_HANDLE, RETURNS_STRUCT, RETURNS_STRING };
/* How a function refuses a call: with a status; with 0, false or NULL; with its argument; by doing nothing. */
enum refusal { IS_NONE, IS_STATUS, IS_NOTHING, IS_RETURNED, IS_IGNORED };

typedef struct parameter {
  const char *name;
  enum role role;
  handle_type handle;    /* of a handle, or of what an out receives; else HANDLES */
  enum of_null null;     /* what the comment says of NULL */
  record_kind null_kind; /* and of which kind of log */
  size_t null_other;     /* and which parameter must be 0 then */
  size_t size;           /* of what it points to */
  size_t align;          /* that it must have; 1 for any */
  bool struct_size;      /* it begins with its size, and a bad one is refused */
  bool initialised;      /* what it points to was made by a function before, and zeros are refused */
  size_t text_size;      /* it receives text, and this parameter says of how many bytes; or NO_TEXT */
  bool always_written;   /* also if the call is refused */
} parameter;

typedef struct function {
  const char *name;
  void (*call)(const argument *, answer *);
  void (*prepare)(world *, argument *); /* arguments of a valid call */
  size_t count;
  enum returns returns;
  handle_type returned;
  enum refusal refusal;
  uint64_t statuses; /* that the comment lists */
  record_kind kind;  /* the kind of log that it is for */
  bool kind_is_checked;
  int self; /* which parameter is its first handle; -1 for none */
  int ends; /* which parameter is a handle that ends here; -1 for none */
  bool takes_pointers;
  bool allocates; /* Allocates is not "never" */
  bool frees;
  parameter parameters[OUTS];
} function;

/* A bit for each status: they are few, and begin at -13. */
#define BIT(status) (UINT64_C(1) << ((status) + 32))

#include "boundary_functions.h"

static uint64_t calls_of[FUNCTIONS];

static answer invoke(const function *f, const argument *arguments) {
  /* What no function returns by itself. */
  answer result = {-1000, UINT64_C(0xabababababababab), &calls_of};
  f->call(arguments, &result);
  calls_of[f - functions]++;
  if (f->returns == RETURNS_STATUS &&
      (result.status < -32 || result.status >= 32 || !(f->statuses & BIT(result.status)))) {
    fprintf(stderr, "%s returned %s (%" PRId32 "), which its comment does not list", f->name,
            alog_status_name(result.status), result.status);
    test_fail(__FILE__, __LINE__);
  }
  return result;
}

static bool fits(const function *f, bool bytes) { return f->kind == ANY_KIND || (f->kind == BYTES_KIND) == bytes; }

/* Whether the function works on a recorder. */
static bool records(const function *f) { return f->count > 0 && f->parameters[0].initialised; }

static int handle_states(const function *f) { return f->self < 0 ? 1 : states_of(f->parameters[f->self].handle); }

/* Besides those of the handle: a recorder that is full and has no sink. */
static int function_states(const function *f) { return handle_states(f) + records(f); }

static handle_type function_type(const function *f) { return f->self < 0 ? HANDLES : f->parameters[f->self].handle; }

static void build_for(world *w, const function *f, bool bytes, int state) {
  const bool full = state == handle_states(f);
  world_build(w, bytes, false, function_type(f), full ? 0 : state);
  if (full) {
    CHECK_OK(alog_recorder_init(&w->recorder, NULL));
    for (int i = 0; i < ALOG_RECORDER_LOGS; i++) {
      CHECK_OK(alog_recorder_add(&w->recorder, (alog_log *)w->handles[LOG], &w->channel));
    }
  }
}

/*
 * Checks that the texts of a call, `refused` or not, are written where the comment says so: as much as there is room
 * for, and a NUL. A refused call says in some words what is wrong. Restores the canary.
 */
static void check_texts_of(world *w, const function *f, const argument *arguments, bool refused) {
  for (size_t i = 0; i < f->count; i++) {
    const parameter *p = &f->parameters[i];
    if (p->text_size == NO_TEXT || (refused && !p->always_written) || arguments[i].pointer == NULL) {
      continue;
    }
    const size_t room = (size_t)arguments[p->text_size].number;
    const unsigned char *text = w->outs[i].bytes;
    const unsigned char *end = (const unsigned char *)memchr(text, '\0', room);
    CHECK(end != NULL);
    CHECK((end == text) == (f->returns == RETURNS_STATUS && !refused));
    CHECK_MEMORY(w->untouched[i].bytes + room, text + room, OUT_ROOM - room);
    w->outs[i] = w->untouched[i];
  }
}

/* After a valid call: checks each thing that it handed out, and gives it back. */
static void settle(world *w, const function *f, const argument *arguments, answer result) {
  for (size_t i = 0; i < f->count; i++) {
    const parameter *p = &f->parameters[i];
    if (p->role == ROLE_OUT && p->handle != HANDLES && result.status == ALOG_OK) {
      void *handle = NULL;
      memcpy(&handle, arguments[i].pointer, sizeof handle);
      CHECK(handle != NULL && memcmp(w->outs[i].bytes, w->untouched[i].bytes, sizeof handle) != 0);
      end_handle(p->handle, handle);
    }
  }
  if (f->returns == RETURNS_HANDLE) {
    CHECK(result.pointer != NULL);
    CHECK_POINTER(w->handles[f->returned], result.pointer);
    end_handle(f->returned, w->handles[f->returned]);
  }
  CHECK(f->returns != RETURNS_STRUCT || result.pointer != NULL);
  if (f->returns == RETURNS_STRING) {
    CHECK(strlen((const char *)result.pointer) > 0);
  }
  check_texts_of(w, f, arguments, false);
  /* Checks that what the comment says ends has ended, and nothing else has. */
  for (int type = 0; type < HANDLES; type++) {
    const bool ends = f->ends >= 0 && f->parameters[f->ends].handle == (handle_type)type;
    if (w->handles[type] != NULL && !w->plain) {
      /* The log lives on with the other handles. */
      CHECK((tag_of(w->handles[type]) == w->tags[type]) == (!ends || type == LOG));
    }
    if (ends) {
      w->handles[type] = NULL;
    }
  }
}

/* Ends what is left of a world. Returns how many blocks were not given back. */
static size_t world_end(world *w) {
  let_go(w, OLD_VIEWS);
  for (int type = 0; type < HANDLES; type++) {
    if (w->handles[type] != NULL) {
      end_handle((handle_type)type, w->handles[type]);
    }
  }
  return keeping_end(&w->memory);
}

#endif
