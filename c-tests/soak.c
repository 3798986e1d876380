/*
 * Holds up, for as long as wanted: what readers do, or no longer do, never costs more than the README says.
 *
 * Threads write five logs of different kinds and hand the role over to each other all the time. Readers of every kind
 * read them. Now and then any of these threads is stopped at a random instruction, for up to seconds. Some are stopped
 * for ever, in the middle of a call as well as between two calls, and some return without letting go of what they hold.
 * New threads take their places, until a fixed number is dead. Each reader checks all that it sees. The warden holds
 * the logs to their bounds, and audits the books of all.
 *
 * It is one translation unit in parts, to be read in this order:
 *   soak/worker.h   a thread, and how it is stopped dead
 *   soak/room.h     a log with all its threads, and its bounds
 *   soak/reader.h   what readers of each kind do
 *   soak/writer.h   what writers do
 *   soak/warden.h   the main thread: kills, audits, the end
 *
 * soak [--seconds N | --minutes N] [--seed N] [--table FILE]
 */
#define _GNU_SOURCE /* for the registers of a thread that was stopped */
#include "soak/warden.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Readers: dashboards, followers, pinners, sleepers, cloners, holders. */
#define ONE_OF_EACH {1, 1, 1, 1, 1, 1}
#define TWO_OF_EACH {2, 2, 2, 2, 2, 2}
#define ALL_BUT_SLEEPERS {1, 1, 1, 0, 1, 1} /* what a sleeper leaves behind, others leave too */
#define TWO_SLEEPERS {1, 1, 1, 2, 1, 1}

static const habits all_habits[ROOMS] = {
    /* Large segments, appended to one by one. */
    {"plain", false, 8192, 1024, 64, 0, 0, NONE, false, ONE_OF_EACH, TWO_OF_EACH, ALL_BUT_SLEEPERS},
    /* Groups and batches of many segments. */
    {"groups", false, 256, 64, 64, ALOG_FLAG_PREFAULT, 8, NONE, true, ONE_OF_EACH, TWO_OF_EACH, ALL_BUT_SLEEPERS},
    /* Segments of a few records, and the smallest budget with which no plain append is ever refused. */
    {"budget", false, 64, 16, 48, 0, 0, ENOUGH, true, TWO_SLEEPERS, TWO_OF_EACH, ALL_BUT_SLEEPERS},
    /* A budget that readers exhaust. */
    {"tight", false, 256, 64, 64, 0, 0, TIGHT, true, {1, 1, 1, 1, 0, 4}, {1, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 1}},
    /* Records of any size; every publication notifies. */
    {"bytes", true, 262144, 65536, 160, ALOG_FLAG_AUTO_NOTIFY, 0, NONE, true, TWO_SLEEPERS, TWO_OF_EACH,
     ALL_BUT_SLEEPERS},
};

static const char *table_name;

/* ----------------------------------------------------------------------------------- the table */

static void print_table(void) {
  printf("%-8s %14s %10s %10s %8s %9s %6s %6s %6s   %-13s %-13s\n", "log", "records", "rolls", "hand-overs", "refused",
         "recovered", "killed", "left", "stops", "segments/most", "MB/most");
  for (size_t i = 0; i < ROOMS; i++) {
    const room *it = &rooms[i];
    char segments[32];
    char bytes[32];
    snprintf(segments, sizeof segments, "%" PRIu64 "/%" PRIu64, it->highest_live, it->segments_most);
    snprintf(bytes, sizeof bytes, "%.2f/%.2f", (double)it->highest_bytes / 1e6, (double)it->bytes_most / 1e6);
    printf("%-8s %14" PRIu64 " %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %9" PRIu64 " %6zu %6zu %6zu   %-13s %-13s\n",
           it->habits->name, it->stats.records_appended, it->stats.rolls, getu(&it->handovers), getu(&it->refused),
           getu(&it->recoveries), it->kills, it->leavings, it->stops, segments, bytes);
  }
  printf("\n%-12s %12s %16s %14s\n", "workers", "turns", "records checked", "lost");
  for (size_t kind = 0; kind <= WRITER; kind++) {
    uint64_t turns = 0;
    uint64_t checked = 0;
    uint64_t lost = 0;
    for (size_t i = 0; i < warden.started; i++) {
      const worker *it = &warden.workers[i];
      turns += it->kind == kind ? getu(&it->turns) : 0;
      checked += it->kind == kind ? getu(&it->checked) : 0;
      lost += it->kind == kind ? getu(&it->lost) : 0;
    }
    printf("%-12s %12" PRIu64 " %16" PRIu64 " %14" PRIu64 "\n", kind == WRITER ? "writers" : holds[kind].name, turns,
           checked, lost);
  }
  printf("\nstopped at a random instruction, of them for ever %zu:\n", warden.kills);
  for (size_t call = 0; call < CALLS; call++) {
    printf("  %8zu  %s\n", warden.stopped_in[call], calls[call].name);
  }
  printf("\n");
}

static void begin_file(void) {
  if (warden.table == NULL) {
    return;
  }
  fprintf(warden.table, "seconds\trss\trss_most\tkilled\tleft\tstops\taudits");
  for (size_t i = 0; i < ROOMS; i++) {
    static const char *const columns[] = {"bytes", "bytes_most", "live",    "live_most", "pooled",  "held",
                                          "views", "pins",       "records", "rolls",     "refused", "handovers"};
    for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
      fprintf(warden.table, "\t%s.%s", rooms[i].habits->name, columns[j]);
    }
  }
  fprintf(warden.table, "\n");
}

static void sample(uint64_t passed) {
  if (warden.table == NULL) {
    return;
  }
  fprintf(warden.table, "%.1f\t%" PRIu64 "\t%" PRIu64 "\t%zu\t%zu\t%zu\t%zu", (double)passed / 1e9, resident(),
          warden.rss_most, warden.kills, warden.leavings, warden.stops, warden.audits);
  for (size_t i = 0; i < ROOMS; i++) {
    const room *it = &rooms[i];
    const alog_stats *s = &it->stats;
    const uint64_t figures[] = {s->bytes_allocated, it->bytes_most,        s->segments_live,
                                it->segments_most,  s->segments_pooled,    s->segments_held_by_readers,
                                s->snapshots_live,  s->segment_pins_live,  s->records_appended,
                                s->rolls,           s->segment_limit_hits, getu(&it->handovers)};
    for (size_t j = 0; j < sizeof figures / sizeof *figures; j++) {
      fprintf(warden.table, "\t%" PRIu64, figures[j]);
    }
  }
  fprintf(warden.table, "\n");
  fflush(warden.table);
}

/* What is still to happen, if anything. On a busy machine a short run takes longer for it. */
static const char *missing(void) {
  size_t leaving = 0;
  for (size_t i = 0; i < warden.fate_count; i++) {
    leaving += warden.fates[i].leaves;
  }
  if (warden.leavings < leaving || warden.kills < warden.fate_count - leaving) {
    return "kills";
  }
  if (warden.stops == 0 || warden.interrupts == 0 || warden.audits == 0) {
    return "stops, interrupts or audits";
  }
  for (size_t i = 0; i < ROOMS; i++) {
    const room *it = &rooms[i];
    if (it->stats.rolls <= it->k || it->audits_trimmed == 0) {
      return "rolls or audits of each log";
    }
    if (it->habits->budget == TIGHT && (getu(&it->refused) == 0 || getu(&it->recoveries) == 0)) {
      return "refusals";
    }
    if (it->habits->groups && getu(&it->abandoned) == 0) {
      return "abandoned groups";
    }
    if (it->habits->readers[SLEEPER] > 0 && getu(&it->lulls) == 0) {
      return "lulls";
    }
  }
  return NULL;
}

/* One line that is overwritten, if the output is a terminal. */
static void tell(uint64_t passed) {
  uint64_t records = 0;
  uint64_t rolls = 0;
  uint64_t segments = 0;
  for (size_t i = 0; i < ROOMS; i++) {
    records += rooms[i].stats.records_appended;
    rolls += rooms[i].stats.rolls;
    segments += rooms[i].stats.segments_live;
  }
  printf("%s%5.0f of %.0f s: %.1f M records, %" PRIu64 " rolls, %zu killed, %zu left, %zu stops, %" PRIu64
         " segments, resident %.1f of %.1f MB%s",
         isatty(1) ? "\r" : "", (double)passed / 1e9, (double)warden.length / 1e9, (double)records / 1e6, rolls,
         warden.kills, warden.leavings, warden.stops, segments, (double)resident() / 1e6, (double)warden.rss_most / 1e6,
         isatty(1) ? "   " : "\n");
  if (passed > warden.length && missing() != NULL) {
    printf("      still to come: %s\n", missing());
  }
  fflush(stdout);
}

/* ------------------------------------------------------------------------------------- the run */

static void run(void) {
  const uint64_t sample_every = warden.length / 600 > SECOND / 2 ? warden.length / 600 : SECOND / 2;
  const uint64_t tell_every = isatty(1)                         ? 2 * SECOND
                              : warden.length / 30 > 2 * SECOND ? warden.length / 30
                                                                : 2 * SECOND;
  uint64_t next_sample = sample_every;
  uint64_t next_tell = tell_every;
  for (uint64_t passed = 0; passed < warden.length || missing() != NULL; passed = now() - warden.begin) {
    nap_for(random_below(&warden.random, 8 * MILLISECOND));
    fulfil_all(passed);
    look_after_the_stopped();
    stop_somebody(random_below(&warden.random, 8) == 0 ? NULL : &rooms[random_below(&warden.random, ROOMS)]);
    room *it = &rooms[random_below(&warden.random, ROOMS)];
    if (random_below(&warden.random, 16) == 0 && !is(&it->lull)) {
      interrupt(it);
      warden.interrupts++;
    }
    look_at_all(passed);
    if (passed >= next_sample) {
      sample(passed);
      audit();
      next_sample = now() - warden.begin + sample_every; /* from here: on a busy machine audits take long */
    }
    if (passed >= next_tell) {
      tell(passed);
      next_tell = passed + tell_every;
    }
  }
  audit();
}

/* How far the last third's highest value may be above the second third's: the highest of random values is random. */
enum { TREND_PART = 8, TREND_SECONDS = 60 };

static void check_trend(const char *what, const uint64_t thirds[3]) {
  const uint64_t most = thirds[1] + thirds[1] / TREND_PART;
  if (thirds[2] > most) {
    fail(what, "grew from %" PRIu64 " bytes in the second third to %" PRIu64 ", and may be %" PRIu64, thirds[1],
         thirds[2], most);
  }
  printf("PASS  %s: at most %.2f, %.2f, %.2f MB in the thirds of the run, and in the last no more than %.2f\n", what,
         (double)thirds[0] / 1e6, (double)thirds[1] / 1e6, (double)thirds[2] / 1e6, (double)most / 1e6);
}

static void report(void) {
  uint64_t lulls = 0;
  uint64_t trimmed = 0;
  uint64_t refused = 0;
  uint64_t recoveries = 0;
  printf("\n");
  print_table();
  for (size_t i = 0; i < ROOMS; i++) {
    const room *it = &rooms[i];
    lulls += getu(&it->lulls);
    trimmed += it->audits_trimmed;
    refused += it->habits->budget == TIGHT ? getu(&it->refused) : 0;
    recoveries += it->habits->budget == TIGHT ? getu(&it->recoveries) : 0;
  }
  printf("PASS  every record in every view was whole and in its place, every publication too\n");
  printf("PASS  every refresh said exactly what was new and what was lost; no read was older than one before it\n");
  printf("PASS  segments and bytes of each log never exceeded what its readers can hold\n");
  printf("PASS  %zu audits: views, pins, bytes and refusals are those in the books of the threads and the allocator\n",
         warden.audits);
  printf("PASS  %" PRIu64 " of the logs audited were trimmed to what the readers of that moment hold\n", trimmed);
  printf("PASS  no plain append was refused without a budget, nor with one of K (V + 1) + 1 + p\n");
  printf("PASS  a smaller budget refused %" PRIu64 " times, and the writer got on %" PRIu64 " times\n", refused,
         recoveries);
  printf("PASS  no wake-up was lost in %" PRIu64 " lulls and %zu audits\n", lulls, warden.audits);
  if (JUDGES_MEMORY) {
    printf("PASS  resident memory: at most %.1f MB, of %.1f\n", (double)warden.rss_highest / 1e6,
           (double)warden.rss_most / 1e6);
    if (warden.length >= TREND_SECONDS * SECOND) {
      check_trend("resident memory", warden.rss_thirds);
      check_trend("bytes of all logs", warden.bytes_thirds);
    }
  }
  printf(
      "PASS  the dead let go on, and everybody gone: each log writes on with K + 1 segments, or those preallocated\n");
  printf("PASS  every block came back to its allocator\n");
}

static double number_after(int argc, char **argv, int *i) {
  CHECK(*i + 1 < argc);
  char *end;
  const double number = strtod(argv[++*i], &end);
  CHECK(*end == '\0' && number > 0);
  return number;
}

int main(int argc, char **argv) {
  double seconds = 8;
  uint64_t seed = 1;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--seconds") == 0) {
      seconds = number_after(argc, argv, &i);
    } else if (strcmp(argv[i], "--minutes") == 0) {
      seconds = 60 * number_after(argc, argv, &i);
    } else if (strcmp(argv[i], "--seed") == 0) {
      seed = (uint64_t)number_after(argc, argv, &i);
    } else {
      CHECK(strcmp(argv[i], "--table") == 0 && i + 1 < argc);
      table_name = argv[++i];
    }
  }
  test_claim = "nothing_grows_beyond_its_bound";
  me = &warden.self;
  warden.self.kind = WARDEN;
  warden.random.state = mix(seed);
  warden.length = (uint64_t)(seconds * 1e9);
  longest = warden.length / 20 < longest ? warden.length / 20 : longest;
#ifdef __GLIBC__
  /* One arena, so that what one thread gave back serves another. Otherwise no useful bound holds for what malloc
   * keeps. */
  CHECK(!JUDGES_MEMORY || mallopt(M_ARENA_MAX, 1) == 1);
#endif
  if (table_name != NULL) {
    warden.table = fopen(table_name, "w");
    CHECK(warden.table != NULL);
  }
  prepare_stopping();
  warden.rss_before = resident();
  for (size_t i = 0; i < ROOMS; i++) {
    open_room(&rooms[i], &all_habits[i]);
  }
  reckon_rss();
  begin_file();
  draw_fates();
  warden.begin = now();
  for (size_t i = 0; i < ROOMS; i++) {
    for (size_t kind = 0; kind < KINDS; kind++) {
      for (size_t n = 0; n < all_habits[i].readers[kind]; n++) {
        start_worker(&rooms[i], (enum kind)kind);
      }
    }
  }
  for (size_t i = 0; i < WRITERS; i++) {
    start_worker(NULL, WRITER);
  }
  run();
  end_all_workers();
  for (size_t i = 0; i < ROOMS; i++) {
    close_room(&rooms[i]);
  }
  report();
  if (warden.table != NULL) {
    CHECK(fclose(warden.table) == 0);
  }
  return 0;
}
