#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

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
  connection->reference = (ngtcp2_crypto_conn_ref){.get_conn = edge_connection_of, .user_data = connection};
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
  if (ngtcp2_conn_server_new(&connection->quic, &first->header.scid, &id, &path, first->header.version, &edge_callbacks,
                             &settings, &parameters, NULL, connection) != 0)
    return give_up(connection);
  if (!begin_tls(connection, credentials, NULL) || edge_note_id(connection, &id, 1) != 0 ||
      edge_note_id(connection, &first->header.dcid, 1) != 0)
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
  if (ngtcp2_conn_client_new(&connection->quic, &server, &id, &path, NGTCP2_PROTO_VER_V1, &edge_callbacks, &settings,
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
  edge_free_streams(connection);
  free(connection->changes);
  free(connection->server_name);
  gnutls_memset(connection->reset_secret, 0, sizeof connection->reset_secret);
  free(connection);
}

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

#endif
