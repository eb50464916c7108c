// What the files of this target share; no part of its interface.
#ifndef C_EDGE_QUIC_INSIDE_H
#define C_EDGE_QUIC_INSIDE_H

#include "CEdgeQUIC.h"

#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#define EDGE_SECRET_BYTES 32
#define EDGE_CLIENT_ID_BYTES 8
/// A Retry has to come back within this time.
#define EDGE_RETRY_SECONDS 10

struct edge_quic_credentials {
  gnutls_certificate_credentials_t certificates;
  gnutls_priority_t priority;
  char *protocol;
  /// Made of the private key, so that it outlives the process.
  uint8_t reset_secret[EDGE_SECRET_BYTES];
  uint8_t retry_secret[EDGE_SECRET_BYTES];
};

/// A datagram of a server that is the first of its connection, and what its token proved.
typedef struct {
  ngtcp2_pkt_hd header;
  /// The id that the client chose at first; with a Retry between, the token has brought it back.
  ngtcp2_cid original;
  bool has_token;
} edge_first_packet;

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

// CEdgeQUICCallbacks.c
extern const ngtcp2_callbacks edge_callbacks;
ngtcp2_conn *edge_connection_of(ngtcp2_crypto_conn_ref *reference);
int edge_note_id(edge_quic_connection *connection, const ngtcp2_cid *id, int8_t change);

// CEdgeQUICStreams.c
int edge_stream_data(ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t offset, const uint8_t *bytes,
                     size_t length, void *user_data, void *stream_user_data);
int edge_stream_acknowledged(ngtcp2_conn *quic, int64_t stream, uint64_t offset, uint64_t length, void *user_data,
                             void *stream_user_data);
int edge_stream_closed(ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t code, void *user_data,
                       void *stream_user_data);
int edge_stream_reset(ngtcp2_conn *quic, int64_t stream, uint64_t size, uint64_t code, void *user_data,
                      void *stream_user_data);
/// So many more bytes of the stream have left for the first time.
void edge_advance(edge_quic_connection *connection, size_t length);
void edge_free_streams(edge_quic_connection *connection);

// CEdgeQUICConnection.c
edge_quic_connection *edge_quic_connection_of_server(const edge_quic_credentials *credentials,
                                                     const edge_quic_limits *limits, const edge_quic_address *local,
                                                     const edge_quic_address *remote, const edge_first_packet *first,
                                                     uint64_t now);

static inline void edge_random(uint8_t *bytes, size_t length) {
  // Nothing sensible is left to do for a process whose system has no randomness.
  if (gnutls_rnd(GNUTLS_RND_RANDOM, bytes, length) != 0) abort();
}

static inline ngtcp2_addr edge_address(const edge_quic_address *address) {
  return (ngtcp2_addr){.addr = (ngtcp2_sockaddr *)address->bytes, .addrlen = address->length};
}

static inline void edge_copy_address(edge_quic_address *to, const ngtcp2_addr *from) {
  if (from->addrlen == 0 || from->addrlen > sizeof to->bytes) return;
  to->length = (uint8_t)from->addrlen;
  __builtin_memcpy(to->bytes, from->addr, from->addrlen);
}

static inline edge_quic_id edge_id(const uint8_t *bytes, size_t length) {
  edge_quic_id id = {0};
  id.length = (uint8_t)(length > sizeof id.bytes ? sizeof id.bytes : length);
  __builtin_memcpy(id.bytes, bytes, id.length);
  return id;
}

#endif
