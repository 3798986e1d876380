/*
 * A reader of MCAP that knows no more than the format's page (https://mcap.dev/spec), for files in memory; and a sink
 * that keeps a file there. A byte that is not as the page says ends the test, and so does a form that the recorder does
 * not write: schemas and channels come first, and a chunk has messages of one channel. The reader allocates nothing.
 */
#ifndef MCAP_H
#define MCAP_H

#include "test.h"

/* ---------------------------------------------------------------------------------------- a sink */

typedef struct mcap_file {
  unsigned char *data;
  size_t size;
  size_t room;
  size_t pieces;
  size_t refuse_at; /* the piece that is refused, or SIZE_MAX */
  alog_status refusal;
} mcap_file;

static inline mcap_file mcap_empty(void) {
  mcap_file file;
  memset(&file, 0, sizeof file);
  file.refuse_at = SIZE_MAX;
  return file;
}

static inline alog_status mcap_write(void *context, const void *data, size_t size) {
  mcap_file *file = (mcap_file *)context;
  CHECK(size > 0);
  if (file->pieces++ == file->refuse_at) {
    return file->refusal;
  }
  while (file->room - file->size < size) {
    file->room = file->room * 2 + 4096;
    file->data = (unsigned char *)realloc(file->data, file->room);
    CHECK(file->data != NULL);
  }
  memcpy(file->data + file->size, data, size);
  file->size += size;
  return ALOG_OK;
}

static inline alog_sink mcap_sink(mcap_file *file) {
  alog_sink sink;
  sink.context = file;
  sink.write = mcap_write;
  return sink;
}

static inline void mcap_clear(mcap_file *file) {
  free(file->data);
  *file = mcap_empty();
}

/* -------------------------------------------------------------------------------------- a reader */

enum { MCAP_CHANNELS = ALOG_RECORDER_LOGS + 1, MCAP_TEXT = 512 };

typedef struct mcap_text {
  const char *data;
  size_t size;
} mcap_text;

typedef struct mcap_channel {
  bool known;
  bool counted;      /* in the statistics */
  uint64_t messages; /* how many were in chunks */
  uint16_t schema;   /* 0: none */
  mcap_text topic;
  mcap_text message_encoding;
  mcap_text schema_name;
  mcap_text schema_encoding;
  mcap_text schema_text;
} mcap_channel;

typedef struct mcap_message {
  uint16_t channel;
  uint32_t sequence;
  uint64_t log_time;
  uint64_t publish_time;
  const unsigned char *data;
  size_t size;
} mcap_message;

/* What the summary must say of a chunk. Places and sizes are of whole records. */
typedef struct mcap_chunk {
  uint64_t earliest;
  uint64_t latest;
  uint64_t at;
  uint64_t size;
  uint64_t index_at;
  uint64_t index_size;
  uint64_t messages_size;
  uint16_t channel;
} mcap_chunk;

typedef struct mcap_reader {
  const unsigned char *begin;
  const unsigned char *at;
  const unsigned char *end;
  const unsigned char *messages_end; /* of the chunk that is being read; NULL: none is */
  const unsigned char *index_end;    /* of the index behind that chunk */
  const unsigned char *declarations; /* schemas and channels */
  size_t declarations_size;
  bool declared; /* no more of them may come */
  mcap_chunk chunks[MCAP_CHANNELS];
  size_t chunk_count;
  mcap_text profile;
  mcap_text library;
  mcap_channel channels[MCAP_CHANNELS]; /* by id */
  mcap_channel schemas[MCAP_CHANNELS];
} mcap_reader;

static inline uint64_t mcap_number(mcap_reader *reader, size_t size) {
  CHECK((size_t)(reader->end - reader->at) >= size);
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) {
    value = value << 8 | reader->at[i];
  }
  reader->at += size;
  return value;
}

static inline mcap_text mcap_string(mcap_reader *reader) {
  mcap_text text;
  text.size = (size_t)mcap_number(reader, 4);
  text.data = (const char *)reader->at;
  CHECK((size_t)(reader->end - reader->at) >= text.size);
  reader->at += text.size;
  return text;
}

static inline bool mcap_is(mcap_text text, const char *expected) {
  return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static inline void mcap_magic(mcap_reader *reader) {
  CHECK((size_t)(reader->end - reader->at) >= 8);
  CHECK_MEMORY("\x89MCAP0\r\n", reader->at, 8);
  reader->at += 8;
}

static inline uint8_t mcap_kind(mcap_reader *reader, const unsigned char **behind) {
  const uint8_t kind = (uint8_t)mcap_number(reader, 1);
  const uint64_t size = mcap_number(reader, 8);
  CHECK((uint64_t)(reader->end - reader->at) >= size);
  *behind = reader->at + size;
  return kind;
}

/* Begins to read a file, which must be whole. */
static inline mcap_reader mcap_read(const mcap_file *file) {
  mcap_reader reader;
  const unsigned char *behind;
  memset(&reader, 0, sizeof reader);
  reader.begin = file->data;
  reader.at = file->data;
  reader.end = file->data + file->size;
  mcap_magic(&reader);
  CHECK_U64(0x01, mcap_kind(&reader, &behind));
  reader.profile = mcap_string(&reader);
  reader.library = mcap_string(&reader);
  CHECK_POINTER(behind, reader.at);
  reader.declarations = behind;
  return reader;
}

static inline void mcap_declaration(mcap_reader *reader, uint8_t kind) {
  const uint16_t id = (uint16_t)mcap_number(reader, 2);
  CHECK(id > 0 && id < MCAP_CHANNELS);
  mcap_channel *channel = kind == 0x03 ? &reader->schemas[id] : &reader->channels[id];
  CHECK(!channel->known && !reader->declared);
  channel->known = true;
  if (kind == 0x03) {
    channel->schema_name = mcap_string(reader);
    channel->schema_encoding = mcap_string(reader);
    channel->schema_text = mcap_string(reader);
    return;
  }
  channel->schema = (uint16_t)mcap_number(reader, 2);
  CHECK(channel->schema < MCAP_CHANNELS);
  if (channel->schema != 0) {
    const mcap_channel *schema = &reader->schemas[channel->schema];
    CHECK(schema->known);
    channel->schema_name = schema->schema_name;
    channel->schema_encoding = schema->schema_encoding;
    channel->schema_text = schema->schema_text;
  }
  channel->topic = mcap_string(reader);
  channel->message_encoding = mcap_string(reader);
  CHECK_U64(0, mcap_number(reader, 4)); /* metadata */
}

/* Schemas and channels have ended here, if not before. */
static inline void mcap_declared(mcap_reader *reader, const unsigned char *end) {
  if (!reader->declared) {
    reader->declared = true;
    reader->declarations_size = (size_t)(end - reader->declarations);
  }
}

static inline void mcap_one_message(mcap_reader *reader, mcap_message *message) {
  const unsigned char *behind;
  CHECK_U64(0x05, mcap_kind(reader, &behind));
  message->channel = (uint16_t)mcap_number(reader, 2);
  CHECK(message->channel < MCAP_CHANNELS && reader->channels[message->channel].known);
  message->sequence = (uint32_t)mcap_number(reader, 4);
  message->log_time = mcap_number(reader, 8);
  message->publish_time = mcap_number(reader, 8);
  CHECK(reader->at <= behind);
  message->data = reader->at;
  message->size = (size_t)(behind - reader->at);
  reader->at = behind;
}

/* Begins a chunk: looks at all of it and at the index behind it, and goes to its first message. `begin` is where it
 * begins, `end` where it ends. */
static inline void mcap_begin_chunk(mcap_reader *reader, const unsigned char *begin, const unsigned char *end) {
  CHECK(reader->chunk_count < MCAP_CHANNELS);
  mcap_chunk *chunk = &reader->chunks[reader->chunk_count++];
  chunk->at = (uint64_t)(begin - reader->begin);
  chunk->size = (uint64_t)(end - begin);
  chunk->earliest = mcap_number(reader, 8);
  chunk->latest = mcap_number(reader, 8);
  chunk->messages_size = mcap_number(reader, 8);
  CHECK_U64(0, mcap_number(reader, 4)); /* no checksum */
  CHECK_U64(0, mcap_number(reader, 4)); /* no compression */
  CHECK_U64(chunk->messages_size, mcap_number(reader, 8));
  const unsigned char *messages = reader->at;
  CHECK_U64(chunk->messages_size, (uint64_t)(end - messages));

  reader->at = end;
  CHECK_U64(0x07, mcap_kind(reader, &reader->index_end));
  chunk->index_at = (uint64_t)(end - reader->begin);
  chunk->index_size = (uint64_t)(reader->index_end - end);
  chunk->channel = (uint16_t)mcap_number(reader, 2);
  const uint64_t entries_size = mcap_number(reader, 4);
  CHECK_U64((uint64_t)(reader->index_end - reader->at), entries_size);

  uint64_t count = 0, earliest = UINT64_MAX, latest = 0;
  const unsigned char *entry = reader->at;
  reader->at = messages;
  while (reader->at < end) {
    const uint64_t offset = (uint64_t)(reader->at - messages);
    mcap_message message;
    mcap_one_message(reader, &message);
    CHECK_U64(chunk->channel, message.channel);
    earliest = message.log_time < earliest ? message.log_time : earliest;
    latest = message.log_time > latest ? message.log_time : latest;
    count++;
    const unsigned char *behind_message = reader->at;
    CHECK(entry < reader->index_end);
    reader->at = entry;
    CHECK_U64(message.log_time, mcap_number(reader, 8));
    CHECK_U64(offset, mcap_number(reader, 8));
    entry = reader->at;
    reader->at = behind_message;
  }
  CHECK_POINTER(end, reader->at);
  CHECK_POINTER(reader->index_end, entry);
  CHECK(count > 0);
  CHECK_U64(earliest, chunk->earliest);
  CHECK_U64(latest, chunk->latest);
  reader->channels[chunk->channel].messages += count;
  reader->at = messages;
  reader->messages_end = end;
}

static inline void mcap_statistics(mcap_reader *reader) {
  uint64_t messages = 0, schemas = 0, channels = 0, earliest = UINT64_MAX, latest = 0;
  for (size_t i = 0; i < MCAP_CHANNELS; i++) {
    messages += reader->channels[i].messages;
    schemas += reader->schemas[i].known ? 1 : 0;
    channels += reader->channels[i].known ? 1 : 0;
  }
  for (size_t i = 0; i < reader->chunk_count; i++) {
    const mcap_chunk *chunk = &reader->chunks[i];
    earliest = chunk->earliest < earliest ? chunk->earliest : earliest;
    latest = chunk->latest > latest ? chunk->latest : latest;
  }
  CHECK_U64(messages, mcap_number(reader, 8));
  CHECK_U64(schemas, mcap_number(reader, 2));
  CHECK_U64(channels, mcap_number(reader, 4));
  CHECK_U64(0, mcap_number(reader, 4)); /* attachments */
  CHECK_U64(0, mcap_number(reader, 4)); /* metadata */
  CHECK_U64(reader->chunk_count, mcap_number(reader, 4));
  CHECK_U64(messages == 0 ? 0 : earliest, mcap_number(reader, 8));
  CHECK_U64(latest, mcap_number(reader, 8));
  CHECK_U64(10 * channels, mcap_number(reader, 4));
  for (uint64_t i = 0; i < channels; i++) {
    const uint64_t id = mcap_number(reader, 2);
    CHECK(id < MCAP_CHANNELS && reader->channels[id].known && !reader->channels[id].counted);
    reader->channels[id].counted = true;
    CHECK_U64(reader->channels[id].messages, mcap_number(reader, 8));
  }
}

static inline void mcap_chunk_index(mcap_reader *reader, const mcap_chunk *chunk) {
  CHECK_U64(chunk->earliest, mcap_number(reader, 8));
  CHECK_U64(chunk->latest, mcap_number(reader, 8));
  CHECK_U64(chunk->at, mcap_number(reader, 8));
  CHECK_U64(chunk->size, mcap_number(reader, 8));
  CHECK_U64(10, mcap_number(reader, 4));
  CHECK_U64(chunk->channel, mcap_number(reader, 2));
  CHECK_U64(chunk->index_at, mcap_number(reader, 8));
  CHECK_U64(chunk->index_size, mcap_number(reader, 8));
  CHECK_U64(0, mcap_number(reader, 4)); /* no compression */
  CHECK_U64(chunk->messages_size, mcap_number(reader, 8));
  CHECK_U64(chunk->messages_size, mcap_number(reader, 8));
}

/* All that is behind the data. */
static inline void mcap_summary(mcap_reader *reader) {
  const unsigned char *behind;
  const unsigned char *summary = reader->at;
  CHECK((size_t)(reader->end - summary) >= reader->declarations_size);
  CHECK_MEMORY(reader->declarations, summary, reader->declarations_size);
  reader->at += reader->declarations_size;
  CHECK_U64(0x0b, mcap_kind(reader, &behind));
  mcap_statistics(reader);
  CHECK_POINTER(behind, reader->at);
  for (size_t i = 0; i < reader->chunk_count; i++) {
    CHECK_U64(0x08, mcap_kind(reader, &behind));
    mcap_chunk_index(reader, &reader->chunks[i]);
    CHECK_POINTER(behind, reader->at);
  }
  CHECK_U64(0x02, mcap_kind(reader, &behind));
  CHECK_U64((uint64_t)(summary - reader->begin), mcap_number(reader, 8));
  CHECK_U64(0, mcap_number(reader, 8)); /* no offsets of its parts */
  CHECK_U64(0, mcap_number(reader, 4)); /* no checksum */
  CHECK_POINTER(behind, reader->at);
  mcap_magic(reader);
  CHECK_POINTER(reader->end, reader->at);
}

/* The next message; false at the end of the file, which is looked at. */
static inline bool mcap_next(mcap_reader *reader, mcap_message *message) {
  for (;;) {
    if (reader->messages_end != NULL && reader->at == reader->messages_end) {
      reader->messages_end = NULL;
      reader->at = reader->index_end;
    }
    if (reader->messages_end != NULL) {
      mcap_one_message(reader, message);
      return true;
    }
    const unsigned char *begin = reader->at;
    const unsigned char *behind;
    const uint8_t kind = mcap_kind(reader, &behind);
    if (kind == 0x03 || kind == 0x04) {
      mcap_declaration(reader, kind);
      CHECK_POINTER(behind, reader->at);
    } else if (kind == 0x06) {
      mcap_declared(reader, begin);
      mcap_begin_chunk(reader, begin, behind);
    } else if (kind == 0x0f) {
      mcap_declared(reader, begin);
      CHECK_U64(0, mcap_number(reader, 4)); /* no checksum */
      CHECK_POINTER(behind, reader->at);
      mcap_summary(reader);
      return false;
    } else {
      fprintf(stderr, "a record of kind %u", kind);
      test_fail(__FILE__, __LINE__);
    }
  }
}

#endif
