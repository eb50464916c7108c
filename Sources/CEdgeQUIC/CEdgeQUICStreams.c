#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <stdlib.h>
#include <string.h>

// What the library says

int edge_stream_data(ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t offset, const uint8_t *bytes,
                       size_t length, void *user_data, void *stream_user_data) {
  (void)quic, (void)offset, (void)stream_user_data;
  edge_quic_connection *connection = user_data;
  // The peer may open one stream only.
  connection->peer_stream = stream;
  if (length > 0) {
    size_t needed = connection->received_length + length;
    if (needed > connection->received_capacity) {
      // The window bounds it.
      size_t capacity = connection->received_capacity ? connection->received_capacity : 2048;
      while (capacity < needed) capacity *= 2;
      uint8_t *received = realloc(connection->received, capacity);
      if (!received) return NGTCP2_ERR_CALLBACK_FAILURE;
      connection->received = received;
      connection->received_capacity = capacity;
    }
    memcpy(connection->received + connection->received_length, bytes, length);
    connection->received_length += length;
  }
  if (flags & NGTCP2_STREAM_DATA_FLAG_FIN) connection->end_is_received = true;
  return 0;
}

static void free_acknowledged(edge_quic_connection *connection) {
  while (connection->first && connection->first->offset + connection->first->length <= connection->acknowledged) {
    edge_chunk *chunk = connection->first;
    // What is acknowledged was sent.
    if (connection->unsent == chunk) {
      connection->unsent = chunk->next;
      connection->unsent_from = 0;
    }
    connection->first = chunk->next;
    if (!connection->first) connection->last = NULL;
    free(chunk);
  }
}

int edge_stream_acknowledged(ngtcp2_conn *quic, int64_t stream, uint64_t offset, uint64_t length, void *user_data,
                               void *stream_user_data) {
  (void)quic, (void)stream_user_data;
  edge_quic_connection *connection = user_data;
  if (stream != connection->own_stream) return 0;
  connection->acknowledged = offset + length;
  free_acknowledged(connection);
  return 0;
}

int edge_stream_closed(ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t code, void *user_data,
                         void *stream_user_data) {
  (void)quic, (void)code, (void)stream_user_data;
  edge_quic_connection *connection = user_data;
  if (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) connection->stream_is_broken = true;
  else if (stream == connection->own_stream) connection->end_is_acknowledged = true;
  return 0;
}

int edge_stream_reset(ngtcp2_conn *quic, int64_t stream, uint64_t size, uint64_t code, void *user_data,
                        void *stream_user_data) {
  (void)quic, (void)stream, (void)size, (void)code, (void)stream_user_data;
  ((edge_quic_connection *)user_data)->stream_is_broken = true;
  return 0;
}

void edge_advance(edge_quic_connection *connection, size_t length) {
  connection->sent += length;
  while (length > 0) {
    size_t left = connection->unsent->length - connection->unsent_from;
    if (length < left) {
      connection->unsent_from += length;
      return;
    }
    length -= left;
    connection->unsent = connection->unsent->next;
    connection->unsent_from = 0;
  }
}

void edge_free_streams(edge_quic_connection *connection) {
  while (connection->first) {
    edge_chunk *next = connection->first->next;
    free(connection->first);
    connection->first = next;
  }
  free(connection->received);
}

// What the owner of a connection asks for

bool edge_quic_send(edge_quic_connection *connection, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    edge_chunk *chunk = connection->last;
    if (!chunk || chunk->length == chunk->capacity) {
      size_t capacity = length > edge_chunk_bytes ? length : edge_chunk_bytes;
      chunk = malloc(sizeof *chunk + capacity);
      if (!chunk) return false;
      *chunk = (edge_chunk){.offset = connection->pushed, .capacity = capacity};
      if (connection->last) connection->last->next = chunk;
      else connection->first = chunk;
      connection->last = chunk;
    }
    size_t room = chunk->capacity - chunk->length;
    size_t count = length < room ? length : room;
    memcpy(chunk->bytes + chunk->length, bytes, count);
    if (!connection->unsent) {
      connection->unsent = chunk;
      connection->unsent_from = chunk->length;
    }
    chunk->length += count;
    connection->pushed += count;
    bytes += count;
    length -= count;
  }
  return true;
}

void edge_quic_finish(edge_quic_connection *connection) { connection->is_finished = true; }

size_t edge_quic_unsent(const edge_quic_connection *connection) {
  return (size_t)(connection->pushed - connection->sent);
}

size_t edge_quic_unacknowledged(const edge_quic_connection *connection) {
  return (size_t)(connection->pushed - connection->acknowledged);
}

uint64_t edge_quic_acknowledged(const edge_quic_connection *connection) { return connection->acknowledged; }

bool edge_quic_end_is_acknowledged(const edge_quic_connection *connection) { return connection->end_is_acknowledged; }

const uint8_t *edge_quic_received(const edge_quic_connection *connection, size_t *length) {
  *length = connection->received_length;
  return connection->received;
}

void edge_quic_take_received(edge_quic_connection *connection) {
  connection->received_length = 0;
  // An idle connection holds little.
  if (connection->received_capacity <= 4096) return;
  free(connection->received);
  connection->received = NULL;
  connection->received_capacity = 0;
}

bool edge_quic_end_is_received(const edge_quic_connection *connection) { return connection->end_is_received; }

bool edge_quic_stream_is_broken(const edge_quic_connection *connection) { return connection->stream_is_broken; }

void edge_quic_allow(edge_quic_connection *connection, size_t length) {
  ngtcp2_conn_extend_max_offset(connection->quic, length);
  if (connection->peer_stream >= 0)
    // Fails when the stream is over.
    (void)ngtcp2_conn_extend_max_stream_offset(connection->quic, connection->peer_stream, length);
}

int edge_quic_next_id_change(edge_quic_connection *connection, edge_quic_id *id) {
  if (connection->changes_from == connection->changes_count) {
    connection->changes_from = connection->changes_count = 0;
    return 0;
  }
  const edge_id_change *change = &connection->changes[connection->changes_from++];
  *id = change->id;
  return change->change;
}

#endif
