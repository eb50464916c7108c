// The Castagnoli checksum by the processor's own instruction, which Swift has no name for.
#ifndef C_EDGE_CHECKSUM_H
#define C_EDGE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instruction.
int edge_crc32c_is_there(void);

/// The register of the checksum after `count` more bytes; neither complemented before nor after. Call it only when
/// `edge_crc32c_is_there()` says so.
uint32_t edge_crc32c(uint32_t state, const void *bytes, size_t count);

#endif
