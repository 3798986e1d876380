/* recording.h: writes what logs hold to an MCAP file, whenever `kill -USR2` asks for it. Foxglove, PlotJuggler and
 * Rerun open the file.
 *
 * The handler runs in any thread that takes the signal, in the middle of its work, also of an append. So all that it
 * calls is async-signal-safe: the recorder, open, write and close. A handler of a crash does less: see
 * 07_flight_recorder.c. Windows has no such signal: there nothing is recorded.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "atomic_log.h"

static struct {
  alog_recorder recorder;
  const char *path;
  char done[512], failed[512]; /* the messages: a handler may not format them */
  atomic_bool busy;
} recording;

/* Adds a log, and writes in words what is wrong with its channel: now, and not when the file is needed. */
static bool recording_add(alog_log *log, const alog_channel *channel) {
  char problem[256];
  alog_status status = alog_channel_check(log, channel, problem, sizeof problem);
  if (status == ALOG_OK) status = alog_recorder_add(&recording.recorder, log, channel);
  if (status == ALOG_OK) return true;
  fprintf(stderr, "%s: %s: %s\n", channel->topic, alog_status_name(status), problem);
  return false;
}

#ifdef SIGUSR2

#include <unistd.h>

static void recording_write(int signal) {
  (void)signal;
  const int before = errno;
  /* Another thread may be writing the file for the signal before. One file is enough. */
  if (!atomic_exchange(&recording.busy, true)) {
    const int file = open(recording.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool done = file >= 0 && alog_recorder_write_fd(&recording.recorder, file, NULL) == ALOG_OK;
    if (file >= 0) done = close(file) == 0 && done;
    atomic_store(&recording.busy, false); /* before the message: after it, the next signal may come */
    const char *said = done ? recording.done : recording.failed;
    if (write(STDERR_FILENO, said, strlen(said)) < 0) errno = before; /* stderr is closed */
  }
  errno = before;
}

/* Call it after the last recording_add. A path that the user `chose` is tried now. */
static bool recording_begin(const char *program, const char *path, bool chose) {
  if (chose) {
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || close(file) != 0) {
      fprintf(stderr, "%s: cannot record into %s: %s\n", program, path, strerror(errno));
      return false;
    }
  }
  recording.path = path;
  snprintf(recording.done, sizeof recording.done, "%s: recorded into %s\n", program, path);
  snprintf(recording.failed, sizeof recording.failed, "%s: could not record into %s\n", program, path);
  struct sigaction action = {.sa_handler = recording_write, .sa_flags = SA_RESTART};
  return sigaction(SIGUSR2, &action, NULL) == 0;
}

/* Call it before the logs end. */
static void recording_end(void) { signal(SIGUSR2, SIG_IGN); }

#else

static bool recording_begin(const char *program, const char *path, bool chose) {
  (void)program, (void)path;
  if (chose) fputs("this system has no signal that asks for a recording\n", stderr);
  return !chose;
}

static void recording_end(void) {}

#endif

#endif
