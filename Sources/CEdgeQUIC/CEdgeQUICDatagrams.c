#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <stdio.h>
#include <string.h>

static edge_quic_state failed(edge_quic_connection *connection, int error) {
  // A callback knows better why it failed.
  if (connection->failure.error_code != NGTCP2_NO_ERROR) return EDGE_QUIC_FAILED;
  uint8_t alert = ngtcp2_conn_get_tls_alert(connection->quic);
  if (error == NGTCP2_ERR_CRYPTO && alert != 0) {
    ngtcp2_connection_close_error_set_transport_error_tls_alert(&connection->failure, alert, NULL, 0);
  } else {
    ngtcp2_connection_close_error_set_transport_error_liberr(&connection->failure, error, NULL, 0);
  }
  snprintf((char *)connection->failure_reason, sizeof connection->failure_reason, "%s", ngtcp2_strerror(error));
  return EDGE_QUIC_FAILED;
}

edge_quic_state edge_quic_read(edge_quic_connection *connection, const edge_quic_address *remote,
                               const uint8_t *datagram, size_t length, uint64_t now) {
  if (length == 0) return EDGE_QUIC_GOING_ON;
  const ngtcp2_path path = {.local = edge_address(&connection->local), .remote = edge_address(remote)};
  int result = ngtcp2_conn_read_pkt(connection->quic, &path, NULL, datagram, length, now);
  switch (result) {
  case 0: return EDGE_QUIC_GOING_ON;
  case NGTCP2_ERR_DRAINING:
  case NGTCP2_ERR_CLOSING: return EDGE_QUIC_CLOSED_BY_PEER;
  case NGTCP2_ERR_DROP_CONN:
  case NGTCP2_ERR_RETRY: return EDGE_QUIC_FORGET;
  default: return failed(connection, result);
  }
}

uint64_t edge_quic_expiry(edge_quic_connection *connection) { return ngtcp2_conn_get_expiry(connection->quic); }

edge_quic_state edge_quic_expire(edge_quic_connection *connection, uint64_t now) {
  int result = ngtcp2_conn_handle_expiry(connection->quic, now);
  switch (result) {
  case 0: return EDGE_QUIC_GOING_ON;
  case NGTCP2_ERR_IDLE_CLOSE: return EDGE_QUIC_IDLE;
  case NGTCP2_ERR_HANDSHAKE_TIMEOUT: return EDGE_QUIC_HANDSHAKE_TIMEOUT;
  case NGTCP2_ERR_DROP_CONN: return EDGE_QUIC_FORGET;
  default: return failed(connection, result);
  }
}

edge_quic_state edge_quic_write(edge_quic_connection *connection, uint8_t *datagram, size_t capacity, size_t *written,
                                edge_quic_address *remote, uint64_t now) {
  *written = 0;
  if (connection->own_stream < 0 && connection->handshake_is_done) {
    // Fails while the peer allows no stream; asked again with the next datagram.
    if (ngtcp2_conn_open_uni_stream(connection->quic, &connection->own_stream, NULL) != 0) connection->own_stream = -1;
  }
  bool has_data = connection->own_stream >= 0 && !connection->stream_is_broken &&
                  (connection->unsent || (connection->is_finished && !connection->end_is_sent));
  ngtcp2_path_storage path;
  for (;;) {
    ngtcp2_vec pieces[edge_pieces];
    size_t count = 0, total = 0;
    uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
    if (has_data) {
      size_t from = connection->unsent_from;
      edge_chunk *chunk = connection->unsent;
      for (; chunk && count < edge_pieces; chunk = chunk->next, from = 0) {
        pieces[count++] = (ngtcp2_vec){.base = chunk->bytes + from, .len = chunk->length - from};
        total += chunk->length - from;
      }
      if (connection->is_finished && !chunk) flags = NGTCP2_WRITE_STREAM_FLAG_FIN;
    }
    ngtcp2_path_storage_zero(&path);
    ngtcp2_ssize taken = -1;
    ngtcp2_ssize result =
        ngtcp2_conn_writev_stream(connection->quic, &path.path, NULL, datagram, capacity, &taken, flags,
                                  has_data ? connection->own_stream : -1, pieces, count, now);
    switch (result) {
    case NGTCP2_ERR_STREAM_NOT_FOUND:
    case NGTCP2_ERR_STREAM_SHUT_WR: connection->stream_is_broken = true;  // fall through
    case NGTCP2_ERR_STREAM_DATA_BLOCKED: has_data = false; continue;
    default: break;
    }
    if (result < 0) return failed(connection, (int)result);
    if (has_data && taken >= 0) {
      edge_advance(connection, (size_t)taken);
      if (flags == NGTCP2_WRITE_STREAM_FLAG_FIN && (size_t)taken == total) connection->end_is_sent = true;
    }
    *written = (size_t)result;
    if (result > 0) edge_copy_address(remote, &path.path.remote);
    return EDGE_QUIC_GOING_ON;
  }
}

size_t edge_quic_burst_bytes(edge_quic_connection *connection) { return ngtcp2_conn_get_send_quantum(connection->quic); }

void edge_quic_burst_left(edge_quic_connection *connection, uint64_t now) {
  ngtcp2_conn_update_pkt_tx_time(connection->quic, now);
}

size_t edge_quic_write_close(edge_quic_connection *connection, uint64_t application_code, const char *reason,
                             uint8_t *datagram, size_t capacity, edge_quic_address *remote, uint64_t now) {
  ngtcp2_connection_close_error end = connection->failure;
  if (end.error_code == NGTCP2_NO_ERROR)
    ngtcp2_connection_close_error_set_application_error(&end, application_code, (const uint8_t *)reason,
                                                        strlen(reason));
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_ssize written =
      ngtcp2_conn_write_connection_close(connection->quic, &path.path, NULL, datagram, capacity, &end, now);
  if (written <= 0) return 0;
  edge_copy_address(remote, &path.path.remote);
  return (size_t)written;
}

void edge_quic_move(edge_quic_connection *connection, const edge_quic_address *local, uint64_t now) {
  connection->local = *local;
  ngtcp2_addr address = edge_address(&connection->local);
  const ngtcp2_path path = {.local = address, .remote = ngtcp2_conn_get_path(connection->quic)->remote};
  if (ngtcp2_conn_initiate_immediate_migration(connection->quic, &path, now) != 0)
    // Before the handshake is confirmed, or with no fresh id: to the peer it looks like a NAT that has changed its mind.
    ngtcp2_conn_set_local_addr(connection->quic, &address);
}

#endif
