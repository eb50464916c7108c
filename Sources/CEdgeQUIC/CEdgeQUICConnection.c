#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Bytes of our stream until they are acknowledged; the library keeps pointers to them.
//
// Every chunk but the last is full and longer than a datagram, so that none has bytes of more than two: ngtcp2 0.12 loses the
// memory of a frame that was made for three pieces or more when what it carries is cut and sent again (the allocator that takes
// it back goes by the pieces that are left).
typedef struct edge_chunk {
  struct edge_chunk *next;
  uint64_t offset;
  size_t length, capacity;
  uint8_t bytes[];
} edge_chunk;
enum { edge_chunk_bytes = 16 << 10, edge_pieces = 2 };

typedef struct {
  int8_t change;
  edge_quic_id id;
} edge_id_change;

struct edge_quic_connection {
  ngtcp2_conn *quic;
  gnutls_session_t tls;
  ngtcp2_crypto_conn_ref reference;
  bool is_server;
  uint8_t reset_secret[EDGE_SECRET_BYTES];
  edge_quic_address local;
  edge_quic_address validated_remote;
  uint32_t moves_of_peer;
  bool handshake_is_done;
  bool was_reset;
  ngtcp2_connection_close_error failure;
  uint8_t failure_reason[128];

  // What GnuTLS reads while it verifies the peer.
  gnutls_typed_vdata_st checks[2];
  char *server_name;
  uint8_t server_ip[16];

  int64_t own_stream;  // -1 until the peer lets us open it.
  edge_chunk *first, *last, *unsent;
  size_t unsent_from;  // within *unsent
  uint64_t pushed, sent, acknowledged;
  bool is_finished, end_is_sent, end_is_acknowledged;
  bool stream_is_broken;

  int64_t peer_stream;
  uint8_t *received;
  size_t received_length, received_capacity;
  bool end_is_received;

  edge_id_change *changes;
  size_t changes_count, changes_from, changes_capacity;
};

// Callbacks of the library

static ngtcp2_conn *connection_of(ngtcp2_crypto_conn_ref *reference) {
  return ((edge_quic_connection *)reference->user_data)->quic;
}

static void fill_random(uint8_t *bytes, size_t length, const ngtcp2_rand_ctx *context) {
  (void)context;
  edge_random(bytes, length);
}

static int note_id(edge_quic_connection *connection, const ngtcp2_cid *id, int8_t change) {
  if (!connection->is_server) return 0;
  if (connection->changes_count == connection->changes_capacity) {
    size_t capacity = connection->changes_capacity ? 2 * connection->changes_capacity : 8;
    edge_id_change *changes = realloc(connection->changes, capacity * sizeof *changes);
    if (!changes) return NGTCP2_ERR_CALLBACK_FAILURE;
    connection->changes = changes;
    connection->changes_capacity = capacity;
  }
  connection->changes[connection->changes_count++] =
      (edge_id_change){.change = change, .id = edge_id(id->data, id->datalen)};
  return 0;
}

static int new_id(ngtcp2_conn *quic, ngtcp2_cid *id, uint8_t *token, size_t length, void *user_data) {
  (void)quic;
  edge_quic_connection *connection = user_data;
  id->datalen = length;
  edge_random(id->data, length);
  if (ngtcp2_crypto_generate_stateless_reset_token(token, connection->reset_secret, EDGE_SECRET_BYTES, id) != 0)
    return NGTCP2_ERR_CALLBACK_FAILURE;
  return note_id(connection, id, 1);
}

static int remove_id(ngtcp2_conn *quic, const ngtcp2_cid *id, void *user_data) {
  (void)quic;
  return note_id(user_data, id, -1);
}

static int handshake_completed(ngtcp2_conn *quic, void *user_data) {
  (void)quic;
  edge_quic_connection *connection = user_data;
  gnutls_datum_t protocol;
  // A peer that names no protocol at all gets through GnuTLS (RFC 9001, section 8.1).
  if (gnutls_alpn_get_selected_protocol(connection->tls, &protocol) != 0) {
    ngtcp2_connection_close_error_set_transport_error_tls_alert(&connection->failure,
                                                                GNUTLS_A_NO_APPLICATION_PROTOCOL, NULL, 0);
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  connection->handshake_is_done = true;
  return 0;
}

static int stream_data(ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t offset, const uint8_t *bytes,
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

static int stream_acknowledged(ngtcp2_conn *quic, int64_t stream, uint64_t offset, uint64_t length, void *user_data,
                               void *stream_user_data) {
  (void)quic, (void)stream_user_data;
  edge_quic_connection *connection = user_data;
  if (stream != connection->own_stream) return 0;
  connection->acknowledged = offset + length;
  free_acknowledged(connection);
  return 0;
}

static int stream_closed(ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t code, void *user_data,
                         void *stream_user_data) {
  (void)quic, (void)code, (void)stream_user_data;
  edge_quic_connection *connection = user_data;
  if (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) connection->stream_is_broken = true;
  else if (stream == connection->own_stream) connection->end_is_acknowledged = true;
  return 0;
}

static int stream_reset(ngtcp2_conn *quic, int64_t stream, uint64_t size, uint64_t code, void *user_data,
                        void *stream_user_data) {
  (void)quic, (void)stream, (void)size, (void)code, (void)stream_user_data;
  ((edge_quic_connection *)user_data)->stream_is_broken = true;
  return 0;
}

static int stateless_reset(ngtcp2_conn *quic, const ngtcp2_pkt_stateless_reset *reset, void *user_data) {
  (void)quic, (void)reset;
  ((edge_quic_connection *)user_data)->was_reset = true;
  return 0;
}

static int path_validated(ngtcp2_conn *quic, uint32_t flags, const ngtcp2_path *path,
                          ngtcp2_path_validation_result result, void *user_data) {
  (void)flags;
  edge_quic_connection *connection = user_data;
  if (result != NGTCP2_PATH_VALIDATION_RESULT_SUCCESS) return 0;
  // Only the path in use; the old one is validated too, lest an attacker moves a connection away.
  const ngtcp2_addr *current = &ngtcp2_conn_get_path(quic)->remote;
  edge_quic_address remote = {0};
  edge_copy_address(&remote, &path->remote);
  if (current->addrlen != remote.length || memcmp(current->addr, remote.bytes, remote.length) != 0) return 0;
  if (connection->validated_remote.length == remote.length &&
      memcmp(connection->validated_remote.bytes, remote.bytes, remote.length) == 0)
    return 0;
  connection->validated_remote = remote;
  connection->moves_of_peer += 1;
  return 0;
}

static const ngtcp2_callbacks callbacks = {
    .client_initial = ngtcp2_crypto_client_initial_cb,
    .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
    .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
    .handshake_completed = handshake_completed,
    .encrypt = ngtcp2_crypto_encrypt_cb,
    .decrypt = ngtcp2_crypto_decrypt_cb,
    .hp_mask = ngtcp2_crypto_hp_mask_cb,
    .recv_stream_data = stream_data,
    .acked_stream_data_offset = stream_acknowledged,
    .stream_close = stream_closed,
    .recv_stateless_reset = stateless_reset,
    .recv_retry = ngtcp2_crypto_recv_retry_cb,
    .rand = fill_random,
    .get_new_connection_id = new_id,
    .remove_connection_id = remove_id,
    .update_key = ngtcp2_crypto_update_key_cb,
    .path_validation = path_validated,
    .stream_reset = stream_reset,
    .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
    .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
    .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
    .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
};

// Life

static bool begin_tls(edge_quic_connection *connection, const edge_quic_credentials *credentials,
                      const char *server_name) {
  // No tickets: a connection always proves both certificates, and no early data could be replayed.
  unsigned flags = GNUTLS_NO_TICKETS | GNUTLS_NO_AUTO_SEND_TICKET;
  if (gnutls_init(&connection->tls, flags | (connection->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT)) != 0) return false;
  gnutls_session_t tls = connection->tls;
  gnutls_session_set_ptr(tls, &connection->reference);
  // Chains of ours have one or two certificates.
  gnutls_handshake_set_max_packet_length(tls, 32 << 10);
  gnutls_datum_t protocol = {.data = (unsigned char *)credentials->protocol,
                             .size = (unsigned)strlen(credentials->protocol)};
  if (gnutls_priority_set(tls, credentials->priority) != 0 ||
      gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials->certificates) != 0 ||
      gnutls_alpn_set_protocols(tls, &protocol, 1, GNUTLS_ALPN_MANDATORY) != 0)
    return false;
  unsigned count = 1;
  connection->checks[0].type = GNUTLS_DT_KEY_PURPOSE_OID;
  if (connection->is_server) {
    connection->checks[0].data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUIRE);
    if (ngtcp2_crypto_gnutls_configure_server_session(tls) != 0) return false;
  } else {
    connection->checks[0].data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER;
    connection->server_name = strdup(server_name);
    if (!connection->server_name) return false;
    gnutls_typed_vdata_st *name = &connection->checks[count++];
    if (inet_pton(AF_INET, server_name, connection->server_ip) == 1) {
      *name = (gnutls_typed_vdata_st){.type = GNUTLS_DT_IP_ADDRESS, .data = connection->server_ip, .size = 4};
    } else if (inet_pton(AF_INET6, server_name, connection->server_ip) == 1) {
      *name = (gnutls_typed_vdata_st){.type = GNUTLS_DT_IP_ADDRESS, .data = connection->server_ip, .size = 16};
    } else {
      *name = (gnutls_typed_vdata_st){.type = GNUTLS_DT_DNS_HOSTNAME, .data = (unsigned char *)connection->server_name};
      if (gnutls_server_name_set(tls, GNUTLS_NAME_DNS, server_name, strlen(server_name)) != 0) return false;
    }
    if (ngtcp2_crypto_gnutls_configure_client_session(tls) != 0) return false;
  }
  gnutls_session_set_verify_cert2(tls, connection->checks, count, 0);
  return true;
}

static edge_quic_connection *new_connection(const edge_quic_limits *limits, const edge_quic_address *local,
                                            const edge_quic_address *remote, bool is_server, uint64_t now,
                                            ngtcp2_settings *settings, ngtcp2_transport_params *parameters) {
  edge_quic_connection *connection = calloc(1, sizeof *connection);
  if (!connection) return NULL;
  connection->is_server = is_server;
  connection->local = *local;
  connection->validated_remote = *remote;
  connection->own_stream = connection->peer_stream = -1;
  connection->reference = (ngtcp2_crypto_conn_ref){.get_conn = connection_of, .user_data = connection};
  ngtcp2_connection_close_error_default(&connection->failure);
  ngtcp2_settings_default(settings);
  settings->initial_ts = now;
  settings->handshake_timeout = limits->handshake_timeout;
  settings->max_tx_udp_payload_size = EDGE_QUIC_MAX_DATAGRAM_BYTES;
  ngtcp2_transport_params_default(parameters);
  parameters->initial_max_streams_uni = 1;
  parameters->initial_max_stream_data_uni = limits->receive_window;
  parameters->initial_max_data = limits->receive_window;
  parameters->max_idle_timeout = limits->idle_timeout;
  parameters->max_udp_payload_size = 1500;
  parameters->active_connection_id_limit = 4;
  return connection;
}

static edge_quic_connection *give_up(edge_quic_connection *connection) {
  edge_quic_free(connection);
  return NULL;
}

edge_quic_connection *edge_quic_connection_of_server(const edge_quic_credentials *credentials,
                                                     const edge_quic_limits *limits, const edge_quic_address *local,
                                                     const edge_quic_address *remote, const edge_first_packet *first,
                                                     uint64_t now) {
  ngtcp2_settings settings;
  ngtcp2_transport_params parameters;
  edge_quic_connection *connection = new_connection(limits, local, remote, true, now, &settings, &parameters);
  if (!connection) return NULL;
  memcpy(connection->reset_secret, credentials->reset_secret, EDGE_SECRET_BYTES);
  ngtcp2_cid id = {.datalen = EDGE_QUIC_SERVER_ID_BYTES};
  edge_random(id.data, id.datalen);
  parameters.original_dcid = first->original;
  if (first->has_token) {
    parameters.retry_scid = first->header.dcid;
    parameters.retry_scid_present = 1;
    settings.token = first->header.token;
  }
  parameters.stateless_reset_token_present = 1;
  if (ngtcp2_crypto_generate_stateless_reset_token(parameters.stateless_reset_token, connection->reset_secret,
                                                   EDGE_SECRET_BYTES, &id) != 0)
    return give_up(connection);
  const ngtcp2_path path = {.local = edge_address(local), .remote = edge_address(remote)};
  if (ngtcp2_conn_server_new(&connection->quic, &first->header.scid, &id, &path, first->header.version, &callbacks,
                             &settings, &parameters, NULL, connection) != 0)
    return give_up(connection);
  if (!begin_tls(connection, credentials, NULL) || note_id(connection, &id, 1) != 0 ||
      note_id(connection, &first->header.dcid, 1) != 0)
    return give_up(connection);
  ngtcp2_conn_set_tls_native_handle(connection->quic, connection->tls);
  ngtcp2_conn_set_keep_alive_timeout(connection->quic, limits->keepalive);
  return connection;
}

edge_quic_connection *edge_quic_connect(const edge_quic_credentials *credentials, const edge_quic_limits *limits,
                                        const edge_quic_address *local, const edge_quic_address *remote,
                                        const char *server_name, uint64_t now) {
  ngtcp2_settings settings;
  ngtcp2_transport_params parameters;
  edge_quic_connection *connection = new_connection(limits, local, remote, false, now, &settings, &parameters);
  if (!connection) return NULL;
  edge_random(connection->reset_secret, EDGE_SECRET_BYTES);
  ngtcp2_cid id = {.datalen = EDGE_CLIENT_ID_BYTES}, server = {.datalen = EDGE_QUIC_SERVER_ID_BYTES};
  edge_random(id.data, id.datalen);
  edge_random(server.data, server.datalen);
  const ngtcp2_path path = {.local = edge_address(local), .remote = edge_address(remote)};
  if (ngtcp2_conn_client_new(&connection->quic, &server, &id, &path, NGTCP2_PROTO_VER_V1, &callbacks, &settings,
                             &parameters, NULL, connection) != 0)
    return give_up(connection);
  if (!begin_tls(connection, credentials, server_name)) return give_up(connection);
  ngtcp2_conn_set_tls_native_handle(connection->quic, connection->tls);
  ngtcp2_conn_set_keep_alive_timeout(connection->quic, limits->keepalive);
  return connection;
}

void edge_quic_free(edge_quic_connection *connection) {
  if (!connection) return;
  if (connection->quic) ngtcp2_conn_del(connection->quic);
  if (connection->tls) gnutls_deinit(connection->tls);
  while (connection->first) {
    edge_chunk *next = connection->first->next;
    free(connection->first);
    connection->first = next;
  }
  free(connection->received);
  free(connection->changes);
  free(connection->server_name);
  gnutls_memset(connection->reset_secret, 0, sizeof connection->reset_secret);
  free(connection);
}

// Datagrams

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

static void advance(edge_quic_connection *connection, size_t length) {
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
      advance(connection, (size_t)taken);
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

// What is known

bool edge_quic_handshake_is_done(const edge_quic_connection *connection) { return connection->handshake_is_done; }

const uint8_t *edge_quic_peer_certificate(const edge_quic_connection *connection, size_t *length) {
  unsigned count = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers(connection->tls, &count);
  *length = 0;
  if (!connection->handshake_is_done || !chain || count == 0) return NULL;
  *length = chain[0].size;
  return chain[0].data;
}

uint32_t edge_quic_moves_of_peer(const edge_quic_connection *connection) { return connection->moves_of_peer; }

uint64_t edge_quic_probe_timeout(edge_quic_connection *connection) { return ngtcp2_conn_get_pto(connection->quic); }

static void describe(const ngtcp2_connection_close_error *error, edge_quic_end *end) {
  memset(end, 0, sizeof *end);
  end->is_transport = error->type != NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
  end->code = error->error_code;
  size_t length = error->reasonlen < sizeof end->reason ? error->reasonlen : sizeof end->reason - 1;
  if (error->reason && length > 0) memcpy(end->reason, error->reason, length);
}

void edge_quic_peer_end(edge_quic_connection *connection, edge_quic_end *end) {
  ngtcp2_connection_close_error error;
  ngtcp2_connection_close_error_default(&error);
  ngtcp2_conn_get_connection_close_error(connection->quic, &error);
  describe(&error, end);
  end->is_reset = connection->was_reset;
}

void edge_quic_failure(edge_quic_connection *connection, edge_quic_end *end) {
  describe(&connection->failure, end);
  memcpy(end->reason, connection->failure_reason, sizeof end->reason);
}

// Streams

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
