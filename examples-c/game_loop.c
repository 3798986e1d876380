/* game_loop: a simulation at 240 Hz and a renderer at 60, with a log between them, and no lock.
 *
 * One thread moves 10,000 entities 240 times a second, and publishes where they are: all 10,000 at one instant,
 * although they lie in three or four segments. The renderer draws the newest tick at a rate of its own, from a view
 * that does not change while it draws. A listener follows every event. No frame ever shows half a tick. When the
 * renderer stalls for seconds, the simulation does not notice. Both are checked, in each frame and at the end. On
 * `kill -USR2` it writes the newest two ticks, and how long each tick took, into a file.
 *
 * Build: cc -std=c11 -O2 -Iinclude examples-c/game_loop.c -Ltarget/lib -latomic_log -lpthread -lm
 *        -DGAME_LOOP_WINDOW $(sdl2-config --cflags --libs) -o game_loop
 * Run:   LD_LIBRARY_PATH=target/lib ./game_loop
 *
 * The last line of the build is for the window, by SDL 2. Without it, only --headless works.
 *
 * It is one translation unit in parts, to be read in this order:
 *   game_loop/world.h       what goes through the logs
 *   game_loop/app.h         what the threads share
 *   game_loop/simulation.h  the writer
 *   game_loop/renderer.h    a reader that wants the newest tick, whole
 *   game_loop/listener.h    a reader that wants every event
 *   game_loop/canvas.h      pixels
 *   game_loop/overlay.h     what the logs report about themselves
 *   game_loop/window.h      SDL, or nothing
 */
#define _POSIX_C_SOURCE 200809L
#define SDL_MAIN_HANDLED
#include <stdarg.h>
#include <stdlib.h>

#include "game_loop/app.h"
#include "game_loop/listener.h"
#include "game_loop/overlay.h"
#include "game_loop/simulation.h"
#include "game_loop/window.h"
#include "recording.h"

static const char help[] =
    "usage: game_loop [options]\n"
    "\n"
    "A simulation publishes 10,000 transforms 240 times a second into an atomic log, each tick at\n"
    "one instant. A renderer draws the newest, whole, at its own pace. In the window, Space stalls\n"
    "the renderer and Escape ends.\n"
    "\n"
    "  --seconds N        how long to run; until the window is closed if not given, or 10 s without\n"
    "                     a window\n"
    "  --stall-at SECOND  let the renderer stall then\n"
    "  --stall-for N      for so many seconds, 2 if not given; that is what the key does, too\n"
    "  --headless         no window: frames are drawn and checked all the same\n"
    "  --screenshot FILE  write the last frame there, as BMP\n"
    "  --record FILE      where kill -USR2 has it write its transforms and times, as MCAP for Foxglove,\n"
    "                     PlotJuggler or Rerun; game_loop.mcap if not given\n"
    "  --help             this text\n"
    "\n"
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
    if (strcmp(name, "--headless") == 0) {
      out->headless = true;
      continue;
    }
    const char *value = i + 1 < argc ? argv[++i] : "";
    bool right = *value != '\0';
    if (strcmp(name, "--seconds") == 0) {
      right = parse_number(value, 0.1, 1e6, &out->seconds);
    } else if (strcmp(name, "--stall-at") == 0) {
      right = parse_number(value, 0, 1e6, &out->stall_at);
    } else if (strcmp(name, "--stall-for") == 0) {
      right = parse_number(value, 0.1, 3600, &out->stall_for);
    } else if (strcmp(name, "--screenshot") == 0) {
      out->screenshot = value;
    } else if (strcmp(name, "--record") == 0) {
      out->record = value;
    } else {
      right = false;
    }
    if (!right) {
      fprintf(stderr, "game_loop: cannot make sense of '%s %s', try --help\n", name, value);
      return false;
    }
  }
  if (out->headless && out->seconds == 0) out->seconds = 10;
  return true;
}

/* ---- setting up ---- */

typedef struct game {
  app app;
  simulation simulation;
  renderer renderer;
  listener listener;
  window window;
} game;

/* Two ticks must stay readable. These are the newest 2 x ENTITIES records, because every publication is a tick.
 *
 * A tick does not fit in a segment, and it does not fill a whole number of segments. A tick may span segments, and this
 * costs nothing. A view shows K segments: as many as two ticks need, wherever they begin.
 *
 * There can be at most: K segments for the log; K for the view that the renderer holds, for any time, and K for the
 * view that its refresh is just taking; and the segments that a tick begins before it is published. All of these are
 * allocated, and touched, when the log is created. From then on nothing is allocated, and an append is never
 * refused. */
enum {
  SEGMENT_TRANSFORMS = 4096,
  VIEW_SEGMENTS = (2 * ENTITIES + SEGMENT_TRANSFORMS - 1) / SEGMENT_TRANSFORMS + 1,
  TICK_SEGMENTS = (ENTITIES + SEGMENT_TRANSFORMS - 1) / SEGMENT_TRANSFORMS,
  ALL_SEGMENTS = 3 * VIEW_SEGMENTS + TICK_SEGMENTS,
};

_Static_assert((int)VIEW_SEGMENTS < (int)MAX_CHUNKS, "the renderer has room for all chunks of a view");

static bool open_transforms(app *app) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(transform);
  options.retained_capacity = 2 * ENTITIES;
  options.segment_capacity = SEGMENT_TRANSFORMS;
  options.preallocated_segments = options.max_segments = ALL_SEGMENTS;
  options.flags = ALOG_FLAG_PREFAULT;
  return !failed(app, alog_log_create_fixed(&options, &app->transforms), "create transforms");
}

/* The chart goes back for five seconds. */
static bool open_times(app *app) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.record_size = sizeof(tick_time);
  options.retained_capacity = CHART_TICKS;
  options.segment_capacity = 256;
  return !failed(app, alog_log_create_fixed(&options, &app->times), "create times");
}

/* The listener may be a hundred events behind before it loses any. */
static bool open_events(app *app) {
  alog_options options = ALOG_OPTIONS_INIT;
  options.retained_capacity = 100 * (sizeof(event_head) + MAX_TEXT);
  options.segment_capacity = 2048;
  return !failed(app, alog_log_create_bytes(&options, &app->events), "create events");
}

/* The readers are opened before the first record, so that each can account for all records. */
static bool open_all(game *g) {
  app *app = &g->app;
  g->simulation.app = g->renderer.app = g->listener.app = app;
  return open_transforms(app) && open_times(app) && open_events(app) &&
         !failed(app, alog_writer_claim(app->transforms, &g->simulation.transforms), "claim") &&
         !failed(app, alog_writer_claim(app->times, &g->simulation.times), "claim") &&
         !failed(app, alog_writer_claim(app->events, &g->simulation.events), "claim") &&
         !failed(app, alog_snapshot_create(app->transforms, &g->renderer.transforms), "view") &&
         !failed(app, alog_snapshot_create(app->times, &g->renderer.times), "view") &&
         !failed(app, alog_snapshot_create(app->events, &g->renderer.events), "view") &&
         !failed(app, alog_cursor_open(app->events, ALOG_START_OLDEST, &g->listener.cursor), "open") &&
         (app->settings.headless || window_open(&g->window, app));
}

static void close_all(game *g) {
  recording_end();
  if (!g->app.settings.headless) window_close(&g->window);
  alog_cursor_destroy(g->listener.cursor);
  alog_snapshot_destroy(g->renderer.events);
  alog_snapshot_destroy(g->renderer.times);
  alog_snapshot_destroy(g->renderer.transforms);
  alog_writer_release(g->simulation.events);
  alog_writer_release(g->simulation.times);
  alog_writer_release(g->simulation.transforms);
  alog_log_release(g->app.events);
  alog_log_release(g->app.times);
  alog_log_release(g->app.transforms);
}

/* ---- what the logs hold, as a file ---- */

static const alog_field transform_fields[] = {
    ALOG_FIELD(transform, due_ns, ALOG_TYPE_U64), ALOG_FIELD(transform, tick, ALOG_TYPE_U32),
    ALOG_FIELD(transform, entity, ALOG_TYPE_U32), ALOG_FIELD(transform, x, ALOG_TYPE_F32),
    ALOG_FIELD(transform, y, ALOG_TYPE_F32),      ALOG_FIELD(transform, heat, ALOG_TYPE_F32),
    ALOG_FIELD(transform, check, ALOG_TYPE_U32),
};
static const alog_field time_fields[] = {
    ALOG_FIELD(tick_time, tick, ALOG_TYPE_U64),
    ALOG_FIELD(tick_time, began_ns, ALOG_TYPE_U64),
    ALOG_FIELD(tick_time, published_ns, ALOG_TYPE_U64),
    ALOG_FIELD(tick_time, skipped, ALOG_TYPE_U64),
};

/* The events are left out: they have a tick, but no time. */
static bool record_on_signal(app *app) {
  alog_channel transforms = ALOG_CHANNEL_INIT, times = ALOG_CHANNEL_INIT;
  transforms.topic = "/transforms";
  transforms.schema_name = "game/msg/Transform";
  transforms.fields = transform_fields;
  transforms.field_count = sizeof transform_fields / sizeof transform_fields[0];
  transforms.time_offset = offsetof(transform, due_ns);
  times.topic = "/times";
  times.schema_name = "game/msg/TickTime";
  times.fields = time_fields;
  times.field_count = sizeof time_fields / sizeof time_fields[0];
  times.time_offset = offsetof(tick_time, began_ns);
  const char *path = app->settings.record;
  return !failed(app, alog_recorder_init(&recording.recorder, NULL), "recorder") &&
         recording_add(app->transforms, &transforms) && recording_add(app->times, &times) &&
         recording_begin("game_loop", path != NULL ? path : "game_loop.mcap", path != NULL);
}

/* ---- running ---- */

/* Refreshes, draws and shows a frame. Before there are two ticks it only waits a little. */
static bool frame(game *g) {
  renderer *renderer = &g->renderer;
  app *app = &g->app;
  if (!renderer_refresh(renderer)) return false;
  if (!draw_world(renderer)) return !atomic_load(&app->broken);
  count_frame(renderer, now_ns());
  return draw_overlay(renderer) && (app->settings.headless || window_show(&g->window, app, renderer->frame));
}

/* The renderer's loop, on the main thread, because windows need this. Even if the time is over, it continues until it
 * has drawn a frame, and has stalled if it should. */
static void render(game *g) {
  renderer *renderer = &g->renderer;
  app *app = &g->app;
  const settings *settings = &app->settings;
  bool to_stall = settings->stall_at >= 0;
  uint64_t due = app->started_ns;
  while (!atomic_load(&app->broken)) {
    const double seconds = seconds_since_start(app, now_ns());
    if (settings->seconds > 0 && seconds >= settings->seconds && renderer->frames > 0 && !to_stall) return;
    wishes wishes = {false, false};
    if (!settings->headless) wishes = window_wishes();
    if (wishes.quit && renderer->frames > 0) return;
    if (!frame(g)) return;
    if (renderer->frames > 0 && (wishes.stall || (to_stall && seconds >= settings->stall_at))) {
      if (!renderer_stall(renderer, settings->stall_for) || !frame(g)) return;
      to_stall = to_stall && seconds < settings->stall_at;
    }
    due += FRAME_NS;
    if (now_ns() > due) due = now_ns();
    sleep_until_ns(due);
  }
}

static void run(game *g) {
  app *app = &g->app;
  thread simulation, listener;
  simulation_create_world(&g->simulation);
  app->started_ns = g->renderer.counted_from_ns = now_ns();
  if (!thread_start(&listener, listener_run, &g->listener)) {
    failed_outside(app, "thread", "the listener's did not start");
    return;
  }
  if (!thread_start(&simulation, simulation_run, &g->simulation)) {
    failed_outside(app, "thread", "the simulation's did not start");
    atomic_store(&app->finished, true);
  } else {
    render(g);
    atomic_store(&app->stop, true);
    thread_join(&simulation);
  }
  thread_join(&listener);
  renderer_refresh(&g->renderer); /* now the last times are counted */
  const char *path = app->settings.screenshot;
  if (path != NULL && !save_picture(g->renderer.frame, path)) failed_outside(app, path, strerror(errno));
}

/* ---- the summary ---- */

static void print_summary(const game *g, double seconds) {
  const simulation *simulation = &g->simulation;
  const renderer *renderer = &g->renderer;
  printf("%.1f s: a tick is %d transforms of %zu bytes\n\n", seconds, ENTITIES, sizeof(transform));
  printf("  ticks published      %10" PRIu64 "  %.1f a second; the simulation was late and skipped %" PRIu64 "\n",
         simulation->ticks, (double)simulation->ticks / seconds, simulation->skipped);
  printf("  frames drawn         %10" PRIu64 "  %.1f a second\n", renderer->frames, (double)renderer->frames / seconds);
  printf("  ticks skipped        %10" PRIu64 "  by the renderer, which wants the newest\n", renderer->skipped);
  printf("  transforms verified  %10" PRIu64 "\n", renderer->verified);
  printf("  torn frames          %10" PRIu64 "\n", renderer->torn);
  printf("  events               %10" PRIu64 "  heard %" PRIu64 ", lost %" PRIu64 "\n", simulation->event_count,
         atomic_load(&g->app.heard), atomic_load(&g->app.lost));
  if (renderer->stalls > 0) {
    printf("  stalls               %10" PRIu64 "  the last for %.1f s: %" PRIu64 " ticks went by, %" PRIu64
           " segments were held\n",
           renderer->stalls, (double)(renderer->stall.ended_ns - renderer->stall.began_ns) / 1e9, renderer->stall.ticks,
           renderer->stall.segments_held);
    printf("  longest hiccup       %10.2f  ms from one tick to the next, while the renderer stalled\n",
           (double)simulation->hiccup_stalled_ns / 1e6);
  }
  printf("  longest hiccup       %10.2f  ms, while it did not; on time is %.2f\n", (double)simulation->hiccup_ns / 1e6,
         (double)TICK_NS / 1e6);
  printf("  heard                ");
  for (int note = 0; note < NOTES; note++) {
    static const char *const names[] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
    const uint64_t played = g->listener.played[note];
    if (played > 0) printf(" %s%d x%" PRIu64, names[note % 12], note / 12 - 1, played);
  }
  printf("\n\n");
}

/* ---- the checks ---- */

static bool check(bool passed, const char *what) {
  printf("%s  %s\n", passed ? "PASS" : "FAIL", what);
  return passed;
}

static bool check_all(game *g) {
  app *app = &g->app;
  const simulation *simulation = &g->simulation;
  const renderer *renderer = &g->renderer;
  const uint64_t heard = atomic_load(&app->heard), lost = atomic_load(&app->lost);
  alog_stats stats = ALOG_STATS_INIT;
  alog_range transforms, times, events;
  bool ok = !failed(app, alog_log_stats(app->transforms, &stats), "stats") &&
            !failed(app, alog_log_range(app->transforms, &transforms), "range") &&
            !failed(app, alog_log_range(app->times, &times), "range") &&
            !failed(app, alog_log_range(app->events, &events), "range");
  if (!ok) return false;
  ok &= check(!atomic_load(&app->broken), "every call succeeded");
  ok &= check(simulation->ticks > 0 && transforms.end == simulation->ticks * ENTITIES, "published = ticks x entities");
  ok &= check(renderer->frames > 0 && renderer->torn == 0,
              "every frame was drawn from two whole ticks, one after the other: none was torn");
  ok &= check(stats.segments_created == ALL_SEGMENTS && stats.segment_limit_hits == 0,
              "not one segment was allocated after the start, and no append was refused");
  ok &= check(times.end == simulation->ticks && renderer->times_seen + renderer->times_lost == times.end,
              "times of ticks: seen + lost = published");
  ok &= check(g->listener.wrong == 0 && heard + lost == events.end && events.end == simulation->event_count,
              "events: heard + lost = published, each as written");
  if (renderer->stalls > 0) {
    ok &= check(renderer->stalled_both == 0, "the simulation went on while the renderer stalled");
  }
  return ok;
}

int main(int argc, char **argv) {
  static game g; /* large, and zero to begin with */
  g.app.settings = (settings){.stall_at = -1, .stall_for = 2};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      fputs(help, stdout);
      return 0;
    }
  }
  if (!parse_arguments(argc, argv, &g.app.settings)) return 2;

  bool ok = open_all(&g) && record_on_signal(&g.app);
  if (ok) {
    run(&g);
    print_summary(&g, seconds_since_start(&g.app, now_ns()));
    ok = check_all(&g);
  }
  close_all(&g);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
