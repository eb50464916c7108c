#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <string.h>

edge_quic_kind edge_quic_inspect(const uint8_t *datagram, size_t length, edge_quic_id *destination) {
  ngtcp2_version_cid head;
  memset(destination, 0, sizeof *destination);
  // The library asserts that there is something, and a UDP datagram may be empty.
  if (length == 0) return EDGE_QUIC_MALFORMED;
  switch (ngtcp2_pkt_decode_version_cid(&head, datagram, length, EDGE_QUIC_SERVER_ID_BYTES)) {
  case 0:
    *destination = edge_id(head.dcid, head.dcidlen);
    return head.version == 0 && head.scid == NULL ? EDGE_QUIC_SHORT_HEADER : EDGE_QUIC_LONG_HEADER;
  case NGTCP2_ERR_VERSION_NEGOTIATION: return EDGE_QUIC_UNKNOWN_VERSION;
  default: return EDGE_QUIC_MALFORMED;
  }
}

size_t edge_quic_write_version_negotiation(const uint8_t *datagram, size_t length, uint8_t *reply, size_t capacity) {
  ngtcp2_version_cid head;
  if (length < EDGE_QUIC_MIN_INITIAL_BYTES) return 0;
  if (ngtcp2_pkt_decode_version_cid(&head, datagram, length, EDGE_QUIC_SERVER_ID_BYTES) !=
      NGTCP2_ERR_VERSION_NEGOTIATION)
    return 0;
  // A version of the reserved kind keeps clients from counting on a fixed list (RFC 9000, section 6.3).
  uint8_t unused;
  edge_random(&unused, 1);
  const uint32_t versions[] = {NGTCP2_PROTO_VER_V1, NGTCP2_RESERVED_VERSION_MASK | ((uint32_t)unused << 24 & 0xf0000000u)};
  ngtcp2_ssize written = ngtcp2_pkt_write_version_negotiation(reply, capacity, unused, head.scid, head.scidlen,
                                                              head.dcid, head.dcidlen, versions, 2);
  return written < 0 ? 0 : (size_t)written;
}

size_t edge_quic_write_stateless_reset(const edge_quic_credentials *credentials, const edge_quic_id *destination,
                                       size_t length, uint8_t *reply, size_t capacity) {
  // Always a byte shorter than what it answers: else two servers could answer each other for ever (RFC 9000, section 10.3.3).
  if (length < 1 + NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN) return 0;
  uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN], noise[64];
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, destination->bytes, destination->length);
  if (ngtcp2_crypto_generate_stateless_reset_token(token, credentials->reset_secret, EDGE_SECRET_BYTES, &id) != 0)
    return 0;
  size_t noise_length = length - 1 - sizeof token;
  if (noise_length > sizeof noise) noise_length = sizeof noise;
  edge_random(noise, noise_length);
  ngtcp2_ssize written = ngtcp2_pkt_write_stateless_reset(reply, capacity, token, noise, noise_length);
  return written < 0 ? 0 : (size_t)written;
}

static edge_quic_decision write_retry(const edge_quic_credentials *credentials, const edge_quic_address *remote,
                                      const ngtcp2_pkt_hd *header, uint64_t now, uint8_t *reply, size_t capacity,
                                      size_t *reply_length) {
  ngtcp2_cid id = {.datalen = EDGE_QUIC_SERVER_ID_BYTES};
  edge_random(id.data, id.datalen);
  ngtcp2_addr address = edge_address(remote);
  uint8_t token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN];
  ngtcp2_ssize token_length =
      ngtcp2_crypto_generate_retry_token(token, credentials->retry_secret, EDGE_SECRET_BYTES, header->version,
                                         address.addr, address.addrlen, &id, &header->dcid, now);
  if (token_length < 0) return EDGE_QUIC_DROP;
  ngtcp2_ssize written = ngtcp2_crypto_write_retry(reply, capacity, header->version, &header->scid, &id,
                                                   &header->dcid, token, (size_t)token_length);
  if (written <= 0) return EDGE_QUIC_DROP;
  *reply_length = (size_t)written;
  return EDGE_QUIC_RETRY;
}

edge_quic_decision edge_quic_accept(const edge_quic_credentials *credentials, const edge_quic_limits *limits,
                                    const edge_quic_address *local, const edge_quic_address *remote,
                                    const uint8_t *datagram, size_t length, bool demand_token, uint64_t now,
                                    edge_quic_connection **connection, uint8_t *reply, size_t capacity,
                                    size_t *reply_length) {
  edge_first_packet first = {0};
  *connection = NULL;
  *reply_length = 0;
  if (ngtcp2_accept(&first.header, datagram, length) != 0) return EDGE_QUIC_DROP;
  first.original = first.header.dcid;
  ngtcp2_vec token = first.header.token;
  if (token.len > 0 && token.base[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY) {
    ngtcp2_addr address = edge_address(remote);
    if (ngtcp2_crypto_verify_retry_token(&first.original, token.base, token.len, credentials->retry_secret,
                                         EDGE_SECRET_BYTES, first.header.version, address.addr, address.addrlen,
                                         &first.header.dcid, EDGE_RETRY_SECONDS * NGTCP2_SECONDS, now) != 0) {
      ngtcp2_ssize written =
          ngtcp2_crypto_write_connection_close(reply, capacity, first.header.version, &first.header.scid,
                                               &first.header.dcid, NGTCP2_INVALID_TOKEN, NULL, 0);
      if (written <= 0) return EDGE_QUIC_DROP;
      *reply_length = (size_t)written;
      return EDGE_QUIC_BAD_TOKEN;
    }
    first.has_token = true;
  } else if (demand_token) {
    return write_retry(credentials, remote, &first.header, now, reply, capacity, reply_length);
  }
  *connection = edge_quic_connection_of_server(credentials, limits, local, remote, &first, now);
  return *connection ? EDGE_QUIC_BEGIN : EDGE_QUIC_DROP;
}

#endif
