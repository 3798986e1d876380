/* game_loop/world.h: what goes through the logs.
 *
 * There are three kinds of record. A `transform` tells where one entity is in one tick. A `tick_time` tells how long a
 * tick took. An event, of any length, tells what happened. A tick is ENTITIES transforms, published together.
 */
#ifndef GAME_LOOP_WORLD_H
#define GAME_LOOP_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "atomic_log.h"

enum {
  WIDTH = 1280, /* of the world and of its picture */
  HEIGHT = 720,
  FLOCKS = 8,
  FLOCK_ENTITIES = 1250,
  ENTITIES = FLOCKS * FLOCK_ENTITIES, /* the entities of a flock lie one after the other */
  TICK_NS = 1000000000 / 240,
  MAX_TEXT = 40, /* of an event */
};

/* Where one entity is in one tick. */
typedef struct transform {
  uint64_t due_ns; /* when the tick should be made, by now_ns */
  uint32_t tick;   /* 0, 1, 2, ... */
  uint32_t entity; /* 0 .. ENTITIES - 1 */
  float x, y;
  float heat;     /* 1 when a beat has just driven it out, towards 0 afterwards */
  uint32_t check; /* of all that stands before it */
} transform;

_Static_assert(sizeof(transform) == 32, "a transform has no padding, so its words can be summed");

static uint32_t fold(uint32_t sum, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t at = 0; at < size; at += sizeof(uint32_t)) {
    uint32_t word = 0;
    memcpy(&word, bytes + at, size - at < sizeof word ? size - at : sizeof word);
    sum = (sum ^ word) * UINT32_C(0x9e3779b1);
    sum ^= sum >> 15;
  }
  return sum;
}

static uint32_t transform_check(const transform *t) { return fold(0x7a11, t, offsetof(transform, check)); }

/* How long a tick took. */
typedef struct tick_time {
  uint64_t tick;
  uint64_t began_ns, published_ns;
  uint64_t skipped; /* periods that were skipped before it, because the tick before was late */
} tick_time;

/* Something happened: a flock beat, or two flocks met. The text lies behind it. */
typedef struct event_head {
  uint64_t sequence;
  uint32_t tick;
  uint16_t flock, pitch; /* as in MIDI: 69 is the A of 440 Hz */
  uint32_t length;       /* of the text */
  uint32_t check;        /* of what stands before it, and of the text */
} event_head;

_Static_assert(sizeof(event_head) == 24, "an event has no padding, so its words can be summed");

static uint32_t event_check(const event_head *head, const char *text) {
  return fold(fold(0xe4e7, head, offsetof(event_head, check)), text, head->length);
}

/* An event as a reader finds it, in place. NULL: it is not what was written. */
static const event_head *event_parse(const void *data, size_t size, uint64_t sequence, const char **text) {
  const event_head *head = data; /* byte records begin at multiples of 8 */
  if (size < sizeof *head || size - sizeof *head != head->length) return NULL;
  *text = (const char *)data + sizeof *head;
  return head->sequence == sequence && head->check == event_check(head, *text) ? head : NULL;
}

#endif
