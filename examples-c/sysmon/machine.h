/* sysmon/machine.h: reads the machine's state from /proc.
 *
 * The files stay open, and pread reads them again from their begin. So sampling looks up no path and allocates no
 * memory.
 */
#ifndef SYSMON_MACHINE_H
#define SYSMON_MACHINE_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "records.h"

/* The kernel counts processor time in ticks of 1 to 10 ms, which is too coarse for one period. So busy is a mean over
 * the last hundred periods. */
enum { BUSY_WINDOW = 100 };

typedef struct core_times {
  uint32_t number;                      /* the kernel's; the sum has 0, too */
  uint64_t busy, system, iowait, total; /* ticks since boot */
} core_times;

typedef struct machine {
  int stat, meminfo, loadavg, self;
  uint32_t cores;
  uint64_t samples;                               /* of /proc/stat */
  core_times history[BUSY_WINDOW][MAX_CORES + 1]; /* a ring; [0] is the sum of all cores */
  char text[8192];                                /* the text of the last file, zero-terminated */
} machine;

static bool machine_read(machine *m, int file) {
  ssize_t size = pread(file, m->text, sizeof m->text - 1, 0);
  m->text[size > 0 ? size : 0] = '\0';
  return size > 0;
}

/* "cpu0 user nice system idle iowait irq softirq steal ...": returns the next line, or NULL. */
static const char *parse_core(const char *line, core_times *out) {
  if (strncmp(line, "cpu", 3) != 0) return NULL;
  const char *blank = strchr(line, ' ');
  const char *end = strchr(line, '\n');
  if (blank == NULL || end == NULL) return NULL;
  uint64_t ticks[8], total = 0;
  char *at = (char *)(uintptr_t)blank;
  for (size_t i = 0; i < 8; i++) total += ticks[i] = strtoull(at, &at, 10);
  *out = (core_times){.number = line[3] == ' ' ? 0 : (uint32_t)strtoul(line + 3, NULL, 10),
                      .busy = total - ticks[3] - ticks[4],
                      .system = ticks[2] + ticks[5] + ticks[6],
                      .iowait = ticks[4],
                      .total = total};
  return end + 1;
}

static double percent(uint64_t now, uint64_t before, uint64_t elapsed) {
  if (elapsed < 5) return 0.0;   /* at the begin: too few ticks */
  if (now <= before) return 0.0; /* the kernel may lower a counter */
  return now - before < elapsed ? 100.0 * (double)(now - before) / (double)elapsed : 100.0;
}

/* Fills out[0] for all cores together and out[1..] for each one. */
static bool machine_cpu(machine *m, reading *out) {
  if (!machine_read(m, m->stat)) return false;
  core_times *now = m->history[m->samples % BUSY_WINDOW];
  core_times before[MAX_CORES + 1];
  memcpy(before, m->samples < BUSY_WINDOW ? m->history[0] : now, sizeof before);

  const char *line = m->text;
  for (uint32_t i = 0; i <= m->cores; i++) {
    const char *next = parse_core(line, &now[i]);
    if (next != NULL && now[i].number == before[i].number) {
      line = next;
    } else {
      now[i] = before[i]; /* this core was taken offline: the line is of another core */
    }
    uint64_t elapsed = now[i].total - before[i].total;
    out[i].subject = i == 0 ? ALL_CORES : ONE_CORE;
    out[i].core = now[i].number;
    out[i].values[0] = percent(now[i].busy, before[i].busy, elapsed);
    out[i].values[1] = percent(now[i].system, before[i].system, elapsed);
    out[i].values[2] = percent(now[i].iowait, before[i].iowait, elapsed);
  }
  m->samples++;
  return true;
}

/* Finds the cores, and takes their first sample, to compare later samples with. */
static bool machine_count_cores(machine *m) {
  if (!machine_read(m, m->stat)) return false;
  core_times *first = m->history[0];
  const char *line = parse_core(m->text, &first[0]);
  while (line != NULL && m->cores < MAX_CORES) {
    line = parse_core(line, &first[m->cores + 1]);
    if (line != NULL) m->cores++;
  }
  m->samples = 1;
  return m->cores > 0;
}

static double meminfo_kb(const char *text, const char *name) {
  const char *line = strstr(text, name);
  return line == NULL ? 0 : strtod(line + strlen(name), NULL);
}

static bool machine_memory(machine *m, reading *out) {
  if (!machine_read(m, m->meminfo)) return false;
  out->subject = MEMORY;
  out->values[0] = meminfo_kb(m->text, "MemTotal:");
  out->values[1] = meminfo_kb(m->text, "MemAvailable:");
  out->values[2] = meminfo_kb(m->text, "\nCached:");
  return true;
}

static bool machine_load(machine *m, reading *out) {
  if (!machine_read(m, m->loadavg)) return false;
  out->subject = LOAD;
  char *at = m->text;
  for (size_t i = 0; i < 3; i++) out->values[i] = strtod(at, &at);
  return true;
}

/* Fields as numbered in proc(5); the second is a name in brackets, the third a letter. */
static bool machine_self(machine *m, reading *out) {
  if (!machine_read(m, m->self)) return false;
  char *at = strrchr(m->text, ')');
  if (at == NULL || strlen(at) < 4) return false;
  double fields[25] = {0};
  at += 3;
  for (size_t field = 4; field < 25; field++) fields[field] = strtod(at, &at);
  out->subject = SELF;
  out->values[0] = fields[24] * (double)sysconf(_SC_PAGESIZE) / 1024;
  out->values[1] = fields[10];
  out->values[2] = fields[12];
  return true;
}

static bool machine_open(machine *m) {
  m->stat = open("/proc/stat", O_RDONLY | O_CLOEXEC);
  m->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
  m->loadavg = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  m->self = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  return m->stat >= 0 && m->meminfo >= 0 && m->loadavg >= 0 && m->self >= 0 && machine_count_cores(m);
}

static void machine_close(machine *m) {
  const int files[] = {m->stat, m->meminfo, m->loadavg, m->self};
  for (size_t i = 0; i < 4; i++) {
    if (files[i] > 0) close(files[i]); /* 0 is stdin: this file was never opened */
  }
}

#endif
