/* 07_flight_recorder: the last seconds before a crash, in a file that plotting tools open.
 *
 * Shows: three drones report their state 1,000 times a second, and sometimes an event. When the program crashes, a
 * handler writes what both logs hold into flight.mcap, for Foxglove, PlotJuggler or Rerun. Then the crash continues as
 * usual. Introduces: alog_channel_check, alog_recorder_init, alog_recorder_add, alog_recorder_write_fd.
 *
 * Build: cc -Iinclude examples-c/07_flight_recorder.c -Ltarget/lib -latomic_log -lm -o 07_flight_recorder
 * Run:   LD_LIBRARY_PATH=target/lib ./07_flight_recorder flight.mcap --crash     # or without --crash: it lands, and
 * records that
 */
#define _DEFAULT_SOURCE /* a stack for handlers, and usleep */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "atomic_log.h"

enum { DRONES = 3, PER_SECOND = 1000, RETAINED_SECONDS = 2, FLIGHT_TICKS = 1500 };

typedef struct state {
  uint64_t time; /* ns */
  uint32_t drone;
  float battery;      /* 1: full */
  double position[3]; /* m */
  double speed;       /* m/s */
} state;

static const alog_field state_fields[] = {
    ALOG_FIELD(state, time, ALOG_TYPE_U64),    ALOG_FIELD(state, drone, ALOG_TYPE_U32),
    ALOG_FIELD(state, battery, ALOG_TYPE_F32), ALOG_FIELD(state, position, ALOG_TYPE_F64),
    ALOG_FIELD(state, speed, ALOG_TYPE_F64),
};

static bool failed(alog_status status, const char *what) {
  if (status >= ALOG_OK) return false;
  fprintf(stderr, "%s: %s: %s\n", what, alog_status_name(status), alog_status_message(status));
  return true;
}

/* ------------------------------------------------------------------------------- the recorder */

static alog_recorder recorder;
static int file; /* opened at the start: after a crash it is too late to find out that this fails */

/* Everything here is async-signal-safe. */
static void on_crash(int number) {
  (void)alog_recorder_write_fd(&recorder, file, NULL);
  (void)raise(number); /* SA_RESETHAND has removed the handler: now the program ends, and leaves its core */
}

static bool record_crashes(void) {
  static unsigned char stack[64 * 1024]; /* of the handler's own: the crash may be an overflow of the usual stack */
  const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = 0};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_crash;
  action.sa_flags = (int)(SA_ONSTACK | SA_RESETHAND);
  return sigaltstack(&own, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0 &&
         sigaction(SIGABRT, &action, NULL) == 0;
}

/* Writes in words what is wrong with a channel: now, and not after a crash. */
static bool add(alog_log *log, const alog_channel *channel) {
  char problem[256];
  if (alog_channel_check(log, channel, problem, sizeof problem) != ALOG_OK) {
    fprintf(stderr, "%s: %s\n", channel->topic, problem);
    return false;
  }
  return !failed(alog_recorder_add(&recorder, log, channel), "add");
}

static bool set_up(alog_log *states, alog_log *events) {
  alog_channel of_states = ALOG_CHANNEL_INIT, of_events = ALOG_CHANNEL_INIT;
  of_states.topic = "/drones";
  of_states.schema_name = "flight/msg/State";
  of_states.fields = state_fields;
  of_states.field_count = sizeof state_fields / sizeof state_fields[0];
  of_states.time_offset = offsetof(state, time);
  of_events.topic = "/events";
  of_events.message_encoding = "json"; /* the sequence of an event is its time */
  return !failed(alog_recorder_init(&recorder, NULL), "init") && add(states, &of_states) && add(events, &of_events);
}

/* --------------------------------------------------------------------------------- the flight */

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static state state_of(uint32_t drone, uint32_t tick, uint64_t time) {
  const double t = (double)tick / PER_SECOND, angle = 2.0 * t + drone, climb = 8.0 * (1.0 - exp(-t));
  return (state){time,
                 drone,
                 (float)(1.0 - 0.05 * t),
                 {5.0 * cos(angle), 5.0 * sin(angle), climb + 0.3 * sin(9.0 * t)},
                 10.0 + 2.7 * cos(9.0 * t)};
}

/* Readers see all drones of a tick, or none. */
static bool fly_tick(alog_writer *states, uint32_t tick) {
  const uint64_t time = now_ns();
  if (failed(alog_writer_begin(states), "begin")) return false;
  for (uint32_t drone = 0; drone < DRONES; drone++) {
    const state one = state_of(drone, tick, time);
    if (failed(alog_writer_append(states, &one, sizeof one), "append")) return false;
  }
  return !failed(alog_writer_publish(states), "publish");
}

static bool say(alog_writer *events, uint32_t tick) {
  char text[64];
  const int size =
      snprintf(text, sizeof text, "{\"tick\":%" PRIu32 ",\"event\":\"waypoint %" PRIu32 "\"}", tick, tick / 100);
  return !failed(alog_writer_append(events, text, (size_t)size), "event");
}

static bool fly(alog_writer *states, alog_writer *events, bool crash, bool for_ever) {
  for (uint32_t tick = 0; for_ever || tick < FLIGHT_TICKS; tick++) {
    if (!fly_tick(states, tick)) return false;
    if (tick % 100 == 0 && !say(events, tick)) return false;
    if (crash && tick == FLIGHT_TICKS / 2) {
      volatile double *lost = NULL; /* the wind is read from NULL */
      *lost = 1.0;
    }
    if (!for_ever) usleep(1000000 / PER_SECOND);
  }
  return true;
}

int main(int count, char **arguments) {
  const char *path = count > 1 ? arguments[1] : "flight.mcap";
  const bool crash = count > 2 && strcmp(arguments[2], "--crash") == 0;
  const bool for_ever =
      count > 2 && strcmp(arguments[2], "--for-ever") == 0; /* as fast as possible, until it is killed */
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = RETAINED_SECONDS * PER_SECOND * DRONES;
  options.segment_capacity = PER_SECOND;
  options.record_size = sizeof(state);
  alog_options event_options = ALOG_OPTIONS_INIT;
  event_options.retained_capacity = 16384;
  event_options.segment_capacity = 4096;
  alog_log *states = NULL, *events = NULL;
  alog_writer *state_writer = NULL, *event_writer = NULL;
  file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return perror(path), 1;
  bool ok = !failed(alog_log_create_fixed(&options, &states), "create") &&
            !failed(alog_log_create_bytes(&event_options, &events), "create") &&
            !failed(alog_writer_claim(states, &state_writer), "claim") &&
            !failed(alog_writer_claim(events, &event_writer), "claim") && set_up(states, events) && record_crashes();
  ok = ok && fly(state_writer, event_writer, crash, for_ever);
  alog_recording recording;
  if (ok && !failed(alog_recorder_write_fd(&recorder, file, &recording), "record")) {
    printf("%s: %" PRIu64 " records of the last %d seconds, %" PRIu64 " bytes; %" PRIu64 " were older\n", path,
           recording.records, RETAINED_SECONDS, recording.bytes, recording.older);
  }
  alog_writer_release(event_writer);
  alog_writer_release(state_writer);
  alog_log_release(events);
  alog_log_release(states);
  return ok && close(file) == 0 ? 0 : 1;
}
