#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <stdlib.h>
#include <string.h>

ngtcp2_conn *edge_connection_of(ngtcp2_crypto_conn_ref *reference) {
  return ((edge_quic_connection *)reference->user_data)->quic;
}

static void fill_random(uint8_t *bytes, size_t length, const ngtcp2_rand_ctx *context) {
  (void)context;
  edge_random(bytes, length);
}

int edge_note_id(edge_quic_connection *connection, const ngtcp2_cid *id, int8_t change) {
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
  return edge_note_id(connection, id, 1);
}

static int remove_id(ngtcp2_conn *quic, const ngtcp2_cid *id, void *user_data) {
  (void)quic;
  return edge_note_id(user_data, id, -1);
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

const ngtcp2_callbacks edge_callbacks = {
    .client_initial = ngtcp2_crypto_client_initial_cb,
    .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
    .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
    .handshake_completed = handshake_completed,
    .encrypt = ngtcp2_crypto_encrypt_cb,
    .decrypt = ngtcp2_crypto_decrypt_cb,
    .hp_mask = ngtcp2_crypto_hp_mask_cb,
    .recv_stream_data = edge_stream_data,
    .acked_stream_data_offset = edge_stream_acknowledged,
    .stream_close = edge_stream_closed,
    .recv_stateless_reset = stateless_reset,
    .recv_retry = ngtcp2_crypto_recv_retry_cb,
    .rand = fill_random,
    .get_new_connection_id = new_id,
    .remove_connection_id = remove_id,
    .update_key = ngtcp2_crypto_update_key_cb,
    .path_validation = path_validated,
    .stream_reset = edge_stream_reset,
    .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
    .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
    .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
    .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
};

#endif
