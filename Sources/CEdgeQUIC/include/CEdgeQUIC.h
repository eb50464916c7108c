// QUIC version 1 (RFC 9000) by ngtcp2, with TLS 1.3 by GnuTLS, narrowed to what a carrier of frames needs: mutual
// authentication, one application protocol, and one unidirectional stream each way.
//
// Nothing in here has a socket, a thread or a clock: datagrams come in and go out as bytes, time as nanoseconds of a
// monotonic clock. A connection belongs to one thread at a time; credentials are only read and may be shared.
//
// With the trait QUIC off, CEdgeQUIC.c is empty and nothing of this is linked.
#ifndef C_EDGE_QUIC_H
#define C_EDGE_QUIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The length of a connection id that this end issues as a server.
#define EDGE_QUIC_SERVER_ID_BYTES 16
/// No datagram that is written is longer; the library finds out how much of it the path carries.
#define EDGE_QUIC_MAX_DATAGRAM_BYTES 1452
/// The shortest datagram that may begin a connection (RFC 9000, section 14.1).
#define EDGE_QUIC_MIN_INITIAL_BYTES 1200

typedef struct edge_quic_credentials edge_quic_credentials;
typedef struct edge_quic_connection edge_quic_connection;

/// A sockaddr_in or sockaddr_in6, as the kernel has it.
typedef struct {
  uint8_t length;
  uint8_t bytes[28];
} edge_quic_address;

/// A connection id; bytes beyond its length are 0.
typedef struct {
  uint8_t length;
  uint8_t bytes[20];
} edge_quic_id;

/// Times in nanoseconds.
typedef struct {
  uint64_t handshake_timeout;
  /// Offered to the peer; the shorter of both ends' counts.
  uint64_t idle_timeout;
  /// A PING follows so much silence; 0: none.
  uint64_t keepalive;
  /// How many bytes the peer may send beyond those for which edge_quic_allow was called.
  uint32_t receive_window;
} edge_quic_limits;

// Credentials

/// All texts are PEM. `protocol` is the one that ALPN has to agree on. NULL on failure, with GnuTLS's code in *error.
edge_quic_credentials *edge_quic_credentials_new(const char *chain, size_t chain_length, const char *key,
                                                 size_t key_length, const char *authority, size_t authority_length,
                                                 const char *protocol, int *error);
void edge_quic_credentials_free(edge_quic_credentials *credentials);
const char *edge_quic_tls_error_text(int error);

// Datagrams that belong to no connection yet

typedef enum {
  EDGE_QUIC_MALFORMED = 0,
  EDGE_QUIC_SHORT_HEADER,
  EDGE_QUIC_LONG_HEADER,
  EDGE_QUIC_UNKNOWN_VERSION,
} edge_quic_kind;

/// Reads the head of a datagram and whom it is for. The id of a short header is taken to be a server's.
edge_quic_kind edge_quic_inspect(const uint8_t *datagram, size_t length, edge_quic_id *destination);

/// Version Negotiation in answer to a datagram of unknown version; 0 when none is due. Shorter than what it answers.
size_t edge_quic_write_version_negotiation(const uint8_t *datagram, size_t length, uint8_t *reply, size_t capacity);

/// Stateless Reset in answer to a datagram of `length` bytes for an id that nobody has; 0 when none is due. Shorter than
/// what it answers. The same key of a server's certificate gives the same token, also after a restart.
size_t edge_quic_write_stateless_reset(const edge_quic_credentials *credentials, const edge_quic_id *destination,
                                       size_t length, uint8_t *reply, size_t capacity);

typedef enum {
  EDGE_QUIC_DROP = 0,
  /// *connection is new; the datagram has still to be read by it.
  EDGE_QUIC_BEGIN,
  /// *reply_length bytes are to be sent back: a Retry.
  EDGE_QUIC_RETRY,
  /// *reply_length bytes are to be sent back: the token is not one of ours, or too old.
  EDGE_QUIC_BAD_TOKEN,
} edge_quic_decision;

/// What a server does with a datagram that may begin a connection.
/// With `demand_token` nothing is kept for a client that has not shown that it receives at its address.
edge_quic_decision edge_quic_accept(const edge_quic_credentials *credentials, const edge_quic_limits *limits,
                                    const edge_quic_address *local, const edge_quic_address *remote,
                                    const uint8_t *datagram, size_t length, bool demand_token, uint64_t now,
                                    edge_quic_connection **connection, uint8_t *reply, size_t capacity,
                                    size_t *reply_length);

// Connections

/// `server_name` is a DNS name or an IP address that the server's certificate must bear. NULL on failure.
edge_quic_connection *edge_quic_connect(const edge_quic_credentials *credentials, const edge_quic_limits *limits,
                                        const edge_quic_address *local, const edge_quic_address *remote,
                                        const char *server_name, uint64_t now);
void edge_quic_free(edge_quic_connection *connection);

typedef enum {
  EDGE_QUIC_GOING_ON = 0,
  /// The peer has closed the connection, or reset it; nothing may be sent any more.
  EDGE_QUIC_CLOSED_BY_PEER,
  /// Nothing was heard for the idle timeout; nothing is to be sent.
  EDGE_QUIC_IDLE,
  EDGE_QUIC_HANDSHAKE_TIMEOUT,
  /// To be forgotten without a word.
  EDGE_QUIC_FORGET,
  /// edge_quic_failure says why; edge_quic_write_close tells the peer.
  EDGE_QUIC_FAILED,
} edge_quic_state;

edge_quic_state edge_quic_read(edge_quic_connection *connection, const edge_quic_address *remote,
                               const uint8_t *datagram, size_t length, uint64_t now);

/// When edge_quic_expire is due; UINT64_MAX: never.
uint64_t edge_quic_expiry(edge_quic_connection *connection);
edge_quic_state edge_quic_expire(edge_quic_connection *connection, uint64_t now);

/// Writes the next datagram, if there is one to send now: *written is its length, 0 when there is none. `capacity` is at
/// least EDGE_QUIC_MAX_DATAGRAM_BYTES.
edge_quic_state edge_quic_write(edge_quic_connection *connection, uint8_t *datagram, size_t capacity, size_t *written,
                                edge_quic_address *remote, uint64_t now);
/// How many bytes may leave at once, and what is said after they have: the library spaces such bursts in time.
size_t edge_quic_burst_bytes(edge_quic_connection *connection);
void edge_quic_burst_left(edge_quic_connection *connection, uint64_t now);

/// Writes the last datagram: CONNECTION_CLOSE with an application's code, or, after EDGE_QUIC_FAILED, with the failure's.
/// 0 when nothing may be sent.
size_t edge_quic_write_close(edge_quic_connection *connection, uint64_t application_code, const char *reason,
                             uint8_t *datagram, size_t capacity, edge_quic_address *remote, uint64_t now);

/// Goes on from another local address (RFC 9000, section 9), with a fresh connection id where there is one.
void edge_quic_move(edge_quic_connection *connection, const edge_quic_address *local, uint64_t now);

bool edge_quic_handshake_is_done(const edge_quic_connection *connection);
/// The leaf certificate of the peer, DER, verified; NULL before the handshake is done. Valid as long as the connection.
const uint8_t *edge_quic_peer_certificate(const edge_quic_connection *connection, size_t *length);
/// How often the peer's address has changed and the new one was validated.
uint32_t edge_quic_moves_of_peer(const edge_quic_connection *connection);
/// Probe timeout, nanoseconds.
uint64_t edge_quic_probe_timeout(edge_quic_connection *connection);

typedef struct {
  /// A code of the transport (RFC 9000, section 20.1), else of the application.
  bool is_transport;
  /// The peer does not know the connection any more.
  bool is_reset;
  uint64_t code;
  char reason[128];
} edge_quic_end;

/// What the peer said when it closed.
void edge_quic_peer_end(edge_quic_connection *connection, edge_quic_end *end);
/// What edge_quic_write_close tells it.
void edge_quic_failure(edge_quic_connection *connection, edge_quic_end *end);

// Streams

/// Copies bytes, to be sent as soon as the peer and the path allow. False when there is no memory.
bool edge_quic_send(edge_quic_connection *connection, const uint8_t *bytes, size_t length);
/// Ends the stream of this end behind what was sent.
void edge_quic_finish(edge_quic_connection *connection);
size_t edge_quic_unsent(const edge_quic_connection *connection);
/// Bytes that are held until the peer acknowledges them, the unsent ones among them.
size_t edge_quic_unacknowledged(const edge_quic_connection *connection);
/// How many bytes the peer has acknowledged so far.
uint64_t edge_quic_acknowledged(const edge_quic_connection *connection);
/// Everything, its end included, was acknowledged.
bool edge_quic_end_is_acknowledged(const edge_quic_connection *connection);

/// What was received and not taken yet; valid until the next call for this connection.
const uint8_t *edge_quic_received(const edge_quic_connection *connection, size_t *length);
void edge_quic_take_received(edge_quic_connection *connection);
/// The peer's stream has ended, and every byte of it was received.
bool edge_quic_end_is_received(const edge_quic_connection *connection);
/// The peer gave up its stream, or refuses ours.
bool edge_quic_stream_is_broken(const edge_quic_connection *connection);
/// Lets the peer send so many bytes more.
void edge_quic_allow(edge_quic_connection *connection, size_t length);

// Connection ids, for the server that finds a connection by them

/// Takes the next change of the ids under which the peer sends: 1 a new one, -1 one that is no longer used, 0 none.
int edge_quic_next_id_change(edge_quic_connection *connection, edge_quic_id *id);

#endif
