/*
 * The recorder and file descriptors: short writes and signals lose nothing, a full disk is reported, and write is the
 * only system call. POSIX; the sandbox is Linux's.
 */
#if !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* timers */
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "atomics.h"
#include "fixture.h"
#include "mcap.h"

#ifdef __linux__
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

static struct made {
  alog_log *log;
  alog_recorder recorder;
  mcap_file expected; /* by the sink */
} made;

static void make(uint64_t records, size_t record_size) {
  made.log = create_fixed(fixed_options(records, 64, record_size));
  made.expected = mcap_empty();
  const alog_sink sink = mcap_sink(&made.expected);
  CHECK_OK(alog_recorder_init(&made.recorder, &sink));
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/numbers";
  channel.message_encoding = "octets";
  CHECK_OK(alog_recorder_add(&made.recorder, made.log, &channel));
  alog_writer *writer = claim(made.log);
  unsigned char *record = (unsigned char *)calloc(1, record_size);
  CHECK(record != NULL);
  for (uint64_t i = 0; i < records; i++) {
    const uint64_t value = number(i);
    memcpy(record, &value, sizeof value);
    CHECK_OK(alog_writer_append(writer, record, record_size));
  }
  free(record);
  alog_writer_release(writer);
  CHECK_OK(alog_recorder_write(&made.recorder, NULL));
}

static void unmake(void) {
  mcap_clear(&made.expected);
  alog_log_release(made.log);
}

/* ------------------------------------------------------------------------------- interrupted writes */

static void nothing(int number) { (void)number; }

static void *record_into(void *fd) {
  alog_recording recording;
  CHECK_OK(alog_recorder_write_fd(&made.recorder, *(const int *)fd, &recording));
  CHECK_U64(made.expected.size, recording.bytes);
  CHECK(close(*(const int *)fd) == 0);
  return NULL;
}

/* A pipe that is read slowly, in odd pieces, while the writing thread gets signals: each write is cut short, or
 * interrupted before it began. */
static void short_and_interrupted_writes_lose_nothing(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = nothing; /* without SA_RESTART */
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  static const size_t sizes[] = {8, 6000, 300000};
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    make(s == 2 ? 4 : 700, sizes[s]);
    int ends[2];
    CHECK(pipe(ends) == 0);
    pthread_t recording;
    CHECK(pthread_create(&recording, NULL, record_into, &ends[1]) == 0);
    unsigned char *read_back = (unsigned char *)malloc(made.expected.size + 1);
    CHECK(read_back != NULL);
    size_t size = 0;
    for (size_t i = 0;; i++) {
      const size_t room = made.expected.size + 1 - size;
      const size_t want = 1 + (size_t)(mix(i) % 30000);
      const ssize_t got = read(ends[0], read_back + size, want < room ? want : room);
      CHECK(got >= 0);
      if (got == 0) {
        break;
      }
      size += (size_t)got;
      CHECK(size <= made.expected.size);
      if (size < made.expected.size) {
        (void)pthread_kill(recording, SIGUSR1);
      }
    }
    CHECK(pthread_join(recording, NULL) == 0);
    CHECK_U64(made.expected.size, size);
    CHECK_MEMORY(made.expected.data, read_back, size);
    free(read_back);
    CHECK(close(ends[0]) == 0);
    unmake();
  }
}

/* ------------------------------------------------------------------------------------- cancellation */

#ifdef __linux__

static _Atomic(bool) recorded;

static void *record_and_say(void *fd) {
  CHECK_OK(alog_recorder_write_fd(&made.recorder, *(const int *)fd, NULL));
  atomic_store(&recorded, true);
  pthread_testcancel();
  CHECK(false);
  return NULL;
}

/* A thread that is cancelled while it waits for room in a pipe writes to the end, and releases what it holds. */
static void a_recording_is_no_cancellation_point(void) {
  make(2000, 64);
  int ends[2];
  CHECK(pipe(ends) == 0);
  pthread_t recording;
  atomic_store(&recorded, false);
  CHECK(pthread_create(&recording, NULL, record_and_say, &ends[1]) == 0);
  unsigned char first;
  CHECK(read(ends[0], &first, 1) == 1);
  CHECK(pthread_cancel(recording) == 0);
  for (size_t size = 1; size < made.expected.size;) {
    unsigned char read_back[4096];
    const ssize_t got = read(ends[0], read_back, sizeof read_back);
    CHECK(got > 0);
    CHECK_MEMORY(made.expected.data + size, read_back, (size_t)got);
    size += (size_t)got;
  }
  void *answer = NULL;
  CHECK(pthread_join(recording, &answer) == 0);
  CHECK(answer == PTHREAD_CANCELED && atomic_load(&recorded));
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(made.log, &stats));
  CHECK_U64(0, stats.snapshots_live);
  CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
  unmake();
}

#else

static void a_recording_is_no_cancellation_point(void) { printf("write is one here\n"); }

#endif

/* ------------------------------------------------------------------------------------------ errors */

static void fails_with(int fd, int expected) {
  alog_recording out;
  memset(&out, 0x77, sizeof out);
  const alog_recording before = out;
  errno = 0;
  CHECK_STATUS(ALOG_ERR_IO, alog_recorder_write_fd(&made.recorder, fd, &out));
  CHECK_U64((uint64_t)expected, (uint64_t)errno);
  CHECK_MEMORY(&before, &out, sizeof out);
  alog_stats stats = ALOG_STATS_INIT;
  CHECK_OK(alog_log_stats(made.log, &stats));
  CHECK_U64(0, stats.snapshots_live);
}

static void what_write_says_is_told(void) {
  make(700, 64);
  fails_with(-1, EBADF);
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK(close(ends[0]) == 0);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_IGN;
  CHECK(sigaction(SIGPIPE, &action, NULL) == 0);
  fails_with(ends[1], EPIPE);
  CHECK(close(ends[1]) == 0);
  /* Full, and nothing waits for it. */
  CHECK(pipe(ends) == 0);
  CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  made.expected.size = 0;
  for (int i = 0; i < 64; i++) {
    if (alog_recorder_write_fd(&made.recorder, ends[1], NULL) != ALOG_OK) {
      break;
    }
  }
  fails_with(ends[1], EAGAIN);
  CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
#ifdef __linux__
  const int full = open("/dev/full", O_WRONLY);
  CHECK(full >= 0);
  fails_with(full, ENOSPC);
  CHECK(close(full) == 0);
#endif
  unmake();
}

/* ----------------------------------------------------------------------------------------- sandbox */

#if defined(__linux__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)

/* In a process that may only read, write and exit: any other call kills it. */
static void write_is_the_only_system_call(void) {
  make(500, 64); /* fits in a pipe */
  int ends[2];
  CHECK(pipe(ends) == 0);
  static unsigned char read_back[65536];
  CHECK(made.expected.size < sizeof read_back);
  CHECK_OK(alog_recorder_write_fd(&made.recorder, ends[1], NULL)); /* the loader binds what is called */
  CHECK(read(ends[0], read_back, sizeof read_back) == (ssize_t)made.expected.size);
  for (int kind = 0; kind < 2; kind++) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        _exit(77);
      }
      const alog_status status = alog_recorder_write_fd(&made.recorder, ends[1], NULL);
      syscall(SYS_exit, kind == 1 ? syscall(SYS_getppid) : status == ALOG_OK ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
      printf("no sandbox here\n");
      break;
    }
    if (kind == 1) {
      CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL); /* so it would have been */
    } else {
      CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK(read(ends[0], read_back, sizeof read_back) == (ssize_t)made.expected.size);
    CHECK_MEMORY(made.expected.data, read_back, made.expected.size);
  }
  CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
  unmake();
}

#else

static void write_is_the_only_system_call(void) { printf("no sandbox here\n"); }

#endif

/* --------------------------------------------------------------------------------- a handler's stack */

/* Sanitizers make frames larger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURES_STACKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEASURES_STACKS 0
#endif
#endif
#ifndef MEASURES_STACKS
#define MEASURES_STACKS 1
#endif

enum { STACK = 256 * 1024, PAINT = 0xa5 };

static unsigned char handlers_stack[STACK];
static const unsigned char *handlers_frame;

static alog_status take_all(void *context, const void *data, size_t size) {
  (void)context, (void)data;
  CHECK(size > 0);
  return ALOG_OK;
}

static void record_in_handler(int number) {
  (void)number;
  const unsigned char here = 0;
  handlers_frame = &here;
  CHECK_OK(alog_recorder_write(&made.recorder, NULL));
}

static void a_recording_needs_less_than_24_KiB_of_stack(void) {
  make(300, 8);
  const alog_sink sink = {NULL, take_all};
  CHECK_OK(alog_recorder_init(&made.recorder, &sink));
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = "/numbers";
  channel.message_encoding = "octets";
  for (int i = 0; i < ALOG_RECORDER_LOGS; i++) {
    CHECK_OK(alog_recorder_add(&made.recorder, made.log, &channel));
  }
  memset(handlers_stack, PAINT, sizeof handlers_stack);
  stack_t stack, before;
  memset(&stack, 0, sizeof stack);
  stack.ss_sp = handlers_stack;
  stack.ss_size = sizeof handlers_stack;
  CHECK(sigaltstack(&stack, &before) == 0);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = record_in_handler;
  action.sa_flags = SA_ONSTACK;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(raise(SIGUSR1) == 0);
  size_t untouched = 0;
  while (handlers_stack[untouched] == PAINT) {
    untouched++;
  }
  const size_t used = (size_t)(handlers_frame - (handlers_stack + untouched));
  printf("a recording used %zu bytes of stack\n", used);
  CHECK(used > 8 * 1024 && (used < 24 * 1024 || !MEASURES_STACKS));
  CHECK(sigaltstack(&before, NULL) == 0 && signal(SIGUSR1, SIG_DFL) != SIG_ERR);
  unmake();
}

int main(void) {
  RUN(short_and_interrupted_writes_lose_nothing);
  RUN(a_recording_is_no_cancellation_point);
  RUN(what_write_says_is_told);
  RUN(write_is_the_only_system_call);
  RUN(a_recording_needs_less_than_24_KiB_of_stack);
  return 0;
}
