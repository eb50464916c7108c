#if defined(EDGE_QUIC)
#include "CEdgeQUICInside.h"

#include <stdlib.h>
#include <string.h>

// What BoringSSL offers for TLS 1.3, so that this carrier is as strict as the others.
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:%DISABLE_TLS13_COMPAT_MODE";

static gnutls_datum_t datum(const char *bytes, size_t length) {
  return (gnutls_datum_t){.data = (unsigned char *)bytes, .size = (unsigned)length};
}

edge_quic_credentials *edge_quic_credentials_new(const char *chain, size_t chain_length, const char *key,
                                                 size_t key_length, const char *authority, size_t authority_length,
                                                 const char *protocol, int *error) {
  edge_quic_credentials *made = calloc(1, sizeof *made);
  *error = GNUTLS_E_MEMORY_ERROR;
  if (!made) return NULL;
  gnutls_datum_t chain_text = datum(chain, chain_length), key_text = datum(key, key_length);
  gnutls_datum_t authority_text = datum(authority, authority_length);
  int result;
  made->protocol = strdup(protocol);
  if (!made->protocol) goto failed;
  if ((*error = gnutls_certificate_allocate_credentials(&made->certificates)) < 0) goto failed;
  if ((*error = gnutls_priority_init(&made->priority, priorities, NULL)) < 0) goto failed;
  // Gives the number of certificates that were read.
  result = gnutls_certificate_set_x509_trust_mem(made->certificates, &authority_text, GNUTLS_X509_FMT_PEM);
  if (result <= 0) {
    *error = result < 0 ? result : GNUTLS_E_NO_CERTIFICATE_FOUND;
    goto failed;
  }
  // Checks too that key and certificate belong together.
  result = gnutls_certificate_set_x509_key_mem(made->certificates, &chain_text, &key_text, GNUTLS_X509_FMT_PEM);
  if (result < 0) {
    *error = result;
    goto failed;
  }
  static const char purpose[] = "edge-quic stateless reset";
  *error = gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_length, purpose, sizeof purpose - 1, made->reset_secret);
  if (*error < 0) goto failed;
  edge_random(made->retry_secret, sizeof made->retry_secret);
  *error = 0;
  return made;
failed:
  edge_quic_credentials_free(made);
  return NULL;
}

void edge_quic_credentials_free(edge_quic_credentials *credentials) {
  if (!credentials) return;
  if (credentials->priority) gnutls_priority_deinit(credentials->priority);
  if (credentials->certificates) gnutls_certificate_free_credentials(credentials->certificates);
  free(credentials->protocol);
  gnutls_memset(credentials, 0, sizeof *credentials);
  free(credentials);
}

const char *edge_quic_tls_error_text(int error) { return gnutls_strerror(error); }

#endif
