// What the files of this target share; no part of its interface.
#ifndef C_EDGE_QUIC_INSIDE_H
#define C_EDGE_QUIC_INSIDE_H

#include "CEdgeQUIC.h"

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
