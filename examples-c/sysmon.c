/* sysmon: the state of this machine, a thousand times a second, through atomic logs.
 *
 * One thread samples /proc at 1 kHz into a log of fixed records, one group per period, and appends what changed to a
 * log of text lines. Three readers work at their own pace: a dashboard that looks ten times a second, an alarm that
 * follows every record, and a recorder that pins what it reads and hands the pins to a fourth thread, which writes CSV.
 * At the end all counts must match. On `kill -USR1` it describes its logs. On `kill -USR2` it writes what they hold
 * into a file.
 *
 * Build: cc -std=c11 -O2 -Iinclude examples-c/sysmon.c -Ltarget/lib -latomic_log -lpthread -lm
 *        -o sysmon
 * Run:   LD_LIBRARY_PATH=target/lib ./sysmon --help
 *
 * It is one translation unit in parts, to be read in this order:
 *   sysmon/records.h    what goes through the logs, with checksums
 *   sysmon/histogram.h  durations and their quantiles
 *   sysmon/machine.h    reading /proc
 *   sysmon/app.h        what the threads share
 *   sysmon/sampler.h    the writer
 *   sysmon/dashboard.h  a reader that wants the newest state
 *   sysmon/alarm.h      a reader that wants every record
 *   sysmon/recorder.h   a reader that keeps what it reads
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "recording.h"
#include "sysmon/app.h"

#include "sysmon/alarm.h"
#include "sysmon/dashboard.h"
#include "sysmon/recorder.h"
#include "sysmon/sampler.h"

static const char help[] =
    "usage: sysmon [options]\n"
    "\n"
    "Samples this machine a thousand times a second into an atomic log. Readers of different pace\n"
    "show, watch and record it. At the end the books must balance: what each of them saw, and "
    "what\n"
    "it was told that it lost, is what was published.\n"
    "\n"
    "  --seconds N        how long to run, 10 if not given; Ctrl-C ends it as well\n"
    "  --plain            a line each second; so it is anyway where stdout is no terminal\n"
    "  --lines FILE       publish the lines of FILE, or of stdin if it is -, as events too,\n"
    "                     at most a hundred a second\n"
    "  --csv FILE         keep what was recorded; otherwise it goes to a temporary file that is\n"
    "                     checked and gone with the run\n"
    "  --record FILE      where kill -USR2 has it write what its logs hold, as MCAP for Foxglove,\n"
    "                     PlotJuggler or Rerun; sysmon.mcap if not given\n"
    "  --retain MS        how long a reading stays in the log, 3000 if not given\n"
    "  --stall-alarm MS   let the alarm sleep so long after each second of work: if that is\n"
    "                     longer than readings are retained, it loses some and says which\n"
    "  --help             this text\n"
    "\n"
    "kill -USR1 has it write to stderr what its logs look like.\n"
    "Exits with 0 if every check passed, 1 if one failed, 2 if the arguments make no sense.\n";

/* ---- arguments ---- */

static bool parse_number(const char *text, double least, double most, double *out) {
  char *end;
  *out = strtod(text, &end);
  return end != text && *end == '\0' && *out >= least && *out <= most;
}

static bool parse_arguments(int argc, char **argv, settings *out) {
  for (int i = 1; i < argc; i++) {
    const char *name = argv[i];
    if (strcmp(name, "--plain") == 0) {
      out->plain = true;
      continue;
    }
    double number = 0;
    const char *value = i + 1 < argc ? argv[++i] : "";
    bool right = *value != '\0';
    if (strcmp(name, "--seconds") == 0) {
      right = parse_number(value, 0.1, 1e6, &out->seconds);
    } else if (strcmp(name, "--retain") == 0) {
      right = parse_number(value, 10, 300000, &number);
      out->retain_ms = (uint64_t)number;
    } else if (strcmp(name, "--stall-alarm") == 0) {
      right = parse_number(value, 1, 300000, &number);
      out->stall_alarm_ms = (uint64_t)number;
    } else if (strcmp(name, "--lines") == 0) {
      out->lines = value;
    } else if (strcmp(name, "--csv") == 0) {
      out->csv = value;
    } else if (strcmp(name, "--record") == 0) {
      out->record = value;
    } else {
      right = false;
    }
    if (!right) {
      fprintf(stderr, "sysmon: cannot make sense of '%s %s', try --help\n", name, value);
      return false;
    }
  }
  return true;
}

/* ---- setting up ---- */

enum { SEGMENT_READINGS = 1021 }; /* a prime: periods do not fit evenly, so groups span segments */

typedef struct sysmon {
  app app;
  sampler sampler;
  dashboard dashboard;
  alarm_reader alarm;
  recorder recorder;
} sysmon;

/* Allocates memory and touches it now, so that the sampler causes no page fault in it later. */
static void *allocate_touched(void *context, size_t size, size_t align) {
  (void)context;
  void *block = aligned_take(size, align);
  return block == NULL ? NULL : memset(block, 0, size);
}

static void deallocate_touched(void *context, void *block, size_t size, size_t align) {
  (void)context;
  (void)size;
  (void)align;
  aligned_give(block);
}

static bool open_readings(app *app, uint64_t parts) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(reading);
  options.retained_capacity = app->settings.retain_ms * parts; /* a period is a millisecond */
  options.segment_capacity = SEGMENT_READINGS;
  const alog_allocator allocator = {NULL, allocate_touched, deallocate_touched};
  options.allocator = &allocator;
  /* As many segments as the writer needs while no reader holds old ones, all allocated now. */
  uint64_t retained = options.retained_capacity / SEGMENT_READINGS + 1;
  options.preallocated_segments = (uint32_t)retained + 2;
  return !failed(app, alog_log_create_fixed(&options, &app->readings), "create readings");
}

static bool open_lines(app *app, alog_log **log) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = 64 * 1024;
  options.segment_capacity = 8 * 1024;
  return !failed(app, alog_log_create_bytes(&options, log), "create lines");
}

static bool open_files(sysmon *s) {
  const settings *settings = &s->app.settings;
  if (!machine_open(&s->sampler.machine)) return failed_outside(&s->app, "/proc");
  s->sampler.parts = s->sampler.machine.cores + 4;
  s->sampler.lines.file = -1;
  if (settings->lines != NULL) {
    bool standard = strcmp(settings->lines, "-") == 0;
    s->sampler.lines.file = standard ? STDIN_FILENO : open(settings->lines, O_RDONLY | O_CLOEXEC);
    if (s->sampler.lines.file < 0) return failed_outside(&s->app, settings->lines);
  }
  s->recorder.csv = settings->csv != NULL ? fopen(settings->csv, "w+") : tmpfile();
  return s->recorder.csv != NULL || failed_outside(&s->app, "csv");
}

/* All readers are opened before the first record, so that each can account for all records. */
static bool open_all(sysmon *s) {
  app *app = &s->app;
  sampler *sampler = &s->sampler;
  dashboard *dashboard = &s->dashboard;
  alarm_reader *alarm = &s->alarm;
  recorder *recorder = &s->recorder;

  sampler->app = dashboard->app = alarm->app = recorder->app = app;
  dashboard->alarm_reader = &alarm->reader;
  dashboard->recorder = &recorder->reader;
  if (pthread_mutex_init(&recorder->queue.lock, NULL) != 0) return false;
  if (pthread_cond_init(&recorder->queue.changed, NULL) != 0) return false;

  const uint32_t oldest = ALOG_START_OLDEST;
  return open_files(s) && open_readings(app, sampler->parts) && open_lines(app, &app->events) &&
         open_lines(app, &app->alarms) && !failed(app, alog_writer_claim(app->readings, &sampler->readings), "claim") &&
         !failed(app, alog_writer_claim(app->events, &sampler->events), "claim") &&
         !failed(app, alog_writer_claim(app->alarms, &alarm->alarms), "claim") &&
         !failed(app, alog_snapshot_create(app->readings, &dashboard->readings), "view") &&
         !failed(app, alog_snapshot_create(app->events, &dashboard->events.snapshot), "view") &&
         !failed(app, alog_snapshot_create(app->alarms, &dashboard->alarms.snapshot), "view") &&
         !failed(app, alog_cursor_open(app->readings, oldest, &alarm->cursor), "open") &&
         !failed(app, alog_cursor_open(app->readings, oldest, &recorder->cursor), "open");
}

static void close_all(sysmon *s) {
  signal(SIGUSR1, SIG_IGN); /* from here on the logs end, one after the other */
  recording_end();
  alog_cursor_destroy(s->recorder.cursor);
  alog_cursor_destroy(s->alarm.cursor);
  alog_snapshot_destroy(s->dashboard.alarms.snapshot);
  alog_snapshot_destroy(s->dashboard.events.snapshot);
  alog_snapshot_destroy(s->dashboard.readings);
  alog_writer_release(s->alarm.alarms);
  alog_writer_release(s->sampler.events);
  alog_writer_release(s->sampler.readings);
  alog_log_release(s->app.alarms);
  alog_log_release(s->app.events);
  alog_log_release(s->app.readings);
  if (s->recorder.csv != NULL) fclose(s->recorder.csv);
  if (s->sampler.lines.file > STDIN_FILENO) close(s->sampler.lines.file);
  machine_close(&s->sampler.machine);
}

/* ---- what the logs look like from outside ---- */

static const app *described;

/* `kill -USR1` describes the logs on stderr. This runs in any thread that takes the signal, in the middle of its work:
 * alog_log_describe and write may be called there. */
static void describe(int signal) {
  (void)signal;
  int before = errno;
  const struct {
    const char *name;
    const alog_log *log;
  } logs[] = {
      {"\nreadings: ", described->readings}, {"\nevents: ", described->events}, {"\nalarms: ", described->alarms}};
  char text[2048];
  for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
    size_t length = alog_log_describe(logs[i].log, text, sizeof text);
    if (length >= sizeof text) length = sizeof text - 1;
    if (write(STDERR_FILENO, logs[i].name, strlen(logs[i].name)) < 0) break;
    if (write(STDERR_FILENO, text, length) < 0) break;
  }
  errno = before;
}

static bool describe_on_signal(app *app) {
  described = app;
  struct sigaction action = {.sa_handler = describe, .sa_flags = SA_RESTART};
  return sigaction(SIGUSR1, &action, NULL) == 0 || failed_outside(app, "SIGUSR1");
}

/* ---- what the logs hold, as a file ---- */

static const alog_field reading_fields[] = {
    ALOG_FIELD(reading, sequence, ALOG_TYPE_U64), ALOG_FIELD(reading, period, ALOG_TYPE_U64),
    ALOG_FIELD(reading, due_ns, ALOG_TYPE_U64),   ALOG_FIELD(reading, made_ns, ALOG_TYPE_U64),
    ALOG_FIELD(reading, part, ALOG_TYPE_U32),     ALOG_FIELD(reading, parts, ALOG_TYPE_U32),
    ALOG_FIELD(reading, subject, ALOG_TYPE_U32),  ALOG_FIELD(reading, core, ALOG_TYPE_U32),
    ALOG_FIELD(reading, values, ALOG_TYPE_F64),   ALOG_FIELD(reading, checksum, ALOG_TYPE_U64),
};

/* Each event is an event_head and the line behind it, as they lie in the log. */
static alog_channel channel_of_lines(const char *topic) {
  alog_channel channel = ALOG_CHANNEL_INIT;
  channel.topic = topic;
  channel.message_encoding = "sysmon event";
  channel.time_offset = offsetof(event_head, made_ns);
  return channel;
}

static bool record_on_signal(app *app) {
  alog_channel readings = ALOG_CHANNEL_INIT;
  readings.topic = "/readings";
  readings.schema_name = "sysmon/msg/Reading";
  readings.fields = reading_fields;
  readings.field_count = sizeof reading_fields / sizeof reading_fields[0];
  readings.time_offset = offsetof(reading, made_ns);
  const alog_channel events = channel_of_lines("/events"), alarms = channel_of_lines("/alarms");
  const char *path = app->settings.record;
  return !failed(app, alog_recorder_init(&recording.recorder, NULL), "recorder") &&
         recording_add(app->readings, &readings) && recording_add(app->events, &events) &&
         recording_add(app->alarms, &alarms) &&
         recording_begin("sysmon", path != NULL ? path : "sysmon.mcap", path != NULL);
}

/* ---- running ---- */

/* Runs for the given seconds, until Ctrl-C, or until a thread gives up. SIGINT and SIGTERM are blocked in every thread,
 * and taken only here. SIGUSR1 and SIGUSR2 may come in any thread. */
static void wait_for_the_end(const app *app, const sigset_t *signals) {
  uint64_t until = app->started_ns + (uint64_t)(app->settings.seconds * 1e9);
  const struct timespec slice = {.tv_nsec = 20000000};
  while (now_ns() < until && !atomic_load(&app->stop)) {
    if (sigtimedwait(signals, NULL, &slice) > 0) break;
  }
}

static void run(sysmon *s) {
  app *app = &s->app;
  enum { CSV, RECORDER, ALARM, SAMPLER, DASHBOARD, THREADS };
  const struct {
    void *(*run)(void *);
    void *argument;
  } roles[THREADS] = {[CSV] = {csv_run, &s->recorder},
                      [RECORDER] = {recorder_run, &s->recorder},
                      [ALARM] = {alarm_run, &s->alarm},
                      [SAMPLER] = {sampler_run, &s->sampler},
                      [DASHBOARD] = {dashboard_run, &s->dashboard}};
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);

  app->started_ns = now_ns();
  pthread_t threads[THREADS];
  size_t started = 0;
  while (started < THREADS) {
    errno = pthread_create(&threads[started], NULL, roles[started].run, roles[started].argument);
    if (errno != 0) break;
    started++;
  }
  if (started == THREADS) {
    wait_for_the_end(app, &signals);
  } else {
    failed_outside(app, "thread");
    atomic_store(&app->finished, true);
    if (started <= RECORDER) queue_close(&s->recorder.queue);
  }
  atomic_store(&app->stop, true);
  for (size_t i = 0; i < started; i++) {
    if (i == DASHBOARD) atomic_store(&app->over, true); /* the others are done: one last look */
    pthread_join(threads[i], NULL);
  }
}

/* ---- the summary ---- */

static void print_reader(const char *name, const reader *r, uint64_t verified) {
  printf("  %-12s%12" PRIu64 "%12" PRIu64 "%12" PRIu64 "%12" PRIu64 "\n", name, counted(&r->seen), counted(&r->lost),
         counted(&r->refreshes), verified);
}

static void print_durations(const char *what, const histogram *h, const char *note) {
  char median[MAX_DURATION_TEXT], late[MAX_DURATION_TEXT];
  printf("  %-20sp50 %-9s p99 %-9s %s\n", what, duration_text(median, histogram_quantile(h, 0.50)),
         duration_text(late, histogram_quantile(h, 0.99)), note);
}

static void print_summary(const sysmon *s, double seconds) {
  const sampler *sampler = &s->sampler;
  printf("\n%.1f s on %" PRIu32 " cores: %" PRIu64 " periods of %" PRIu32 " readings, ", seconds,
         sampler->machine.cores, sampler->periods, sampler->parts);
  printf("%.1f periods a second\n", (double)sampler->periods / seconds);
  printf("  skipped because the sampler was late %" PRIu64 ", abandoned %" PRIu64 ", rolls %" PRIu64
         "\n  events %" PRIu64 ", of them lines from outside %" PRIu64 ", alarms %" PRIu64 ", chunks pinned %" PRIu64
         "\n\n",
         sampler->skipped, sampler->abandoned, s->alarm.newest_segment, sampler->event_count, sampler->line_count,
         s->alarm.alarm_count, s->recorder.parcels);

  print_durations("publish to observe", &s->alarm.publish_to_observe, "by the alarm, asleep until the notify");
  print_durations("writing a period", &sampler->in_log, "in the log, the clock's calls included");
  print_durations("sampling a period", &sampler->whole, "reading /proc, mostly");
  print_durations("woken late by", &sampler->late, "the timer's slack");

  printf("\n  reader           in view        lost   refreshes    verified\n");
  print_reader("dashboard", &s->dashboard.reader, s->dashboard.reader.verified);
  print_reader("alarm", &s->alarm.reader, s->alarm.reader.verified);
  /* The recorder does not read the records that it follows: the CSV thread does. */
  print_reader("recorder", &s->recorder.reader, s->recorder.written.verified);
}

/* ---- the checks ---- */

static bool check(bool passed, const char *what) {
  printf("%s  %s\n", passed ? "PASS" : "FAIL", what);
  return passed;
}

/* Checks that everything that was published was seen or reported as lost. */
static bool accounted(const reader *r, uint64_t published) {
  return counted(&r->seen) + counted(&r->lost) == published && r->gaps == 0;
}

static uint64_t published_in(app *app, const alog_log *log) {
  alog_range range = {0, 0};
  return failed(app, alog_log_range(log, &range), "range") ? 0 : range.end;
}

static bool check_all(sysmon *s) {
  app *app = &s->app;
  const dashboard *dashboard = &s->dashboard;
  const reader *alarm = &s->alarm.reader, *recorder = &s->recorder.reader;
  const reader *csv = &s->recorder.written;
  uint64_t published = published_in(app, app->readings);
  uint64_t events = published_in(app, app->events), alarms = published_in(app, app->alarms);
  uint64_t rows = csv_count_rows(s->recorder.csv);
  bool ok = true;

  const char *csv_name = app->settings.csv;
  if (csv_name == NULL) csv_name = "a temporary CSV file (--csv FILE keeps it)";
  printf("\n%" PRIu64 " readings published, %" PRIu64 " rows in %s\n", published, rows, csv_name);
  ok &= check(!atomic_load(&app->broken), "every call succeeded");
  ok &= check(published > 0 && published == s->sampler.periods * s->sampler.parts, "published = periods x readings");
  ok &= check(dashboard->reader.wrong + alarm->wrong + csv->wrong == 0,
              "every reading read has its sequence and its checksum");
  ok &= check(dashboard->reader.halves + alarm->halves == 0, "no half period was ever seen");
  ok &= check(accounted(&dashboard->reader, published), "dashboard: in view + lost = published");
  ok &= check(accounted(alarm, published), "alarm: in view + lost = published, no other gap");
  ok &= check(accounted(recorder, published), "recorder: in view + lost = published, no other gap");
  ok &= check(rows + counted(&recorder->lost) == published && csv->gaps == 0, "CSV rows + lost = published");
  ok &= check(dashboard->events.seen + dashboard->events.lost == events && events == s->sampler.event_count &&
                  dashboard->events.wrong == 0,
              "events: seen + lost = published, each as written");
  ok &= check(dashboard->alarms.seen + dashboard->alarms.lost == alarms && alarms == s->alarm.alarm_count &&
                  dashboard->alarms.wrong == 0,
              "alarms: seen + lost = published, each as written");
  return ok;
}

int main(int argc, char **argv) {
  static sysmon s; /* large, and zero to begin with */
  s.app.settings = (settings){.seconds = 10, .retain_ms = 3000};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      fputs(help, stdout);
      return 0;
    }
  }
  if (!parse_arguments(argc, argv, &s.app.settings)) return 2;
  if (isatty(STDOUT_FILENO) == 0) s.app.settings.plain = true;

  bool ok = open_all(&s) && describe_on_signal(&s.app) && record_on_signal(&s.app);
  if (ok) {
    run(&s);
    print_summary(&s, seconds_since_start(&s.app, now_ns()));
    ok = check_all(&s);
  }
  close_all(&s);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
