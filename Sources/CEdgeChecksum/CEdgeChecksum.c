#include "CEdgeChecksum.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE __attribute__((target("sse4.2")))

int edge_crc32c_is_there(void) { return __builtin_cpu_supports("sse4.2"); }

HARDWARE static inline uint64_t eight(uint64_t state, uint64_t word) { return _mm_crc32_u64(state, word); }
HARDWARE static inline uint32_t one(uint32_t state, unsigned char byte) { return _mm_crc32_u8(state, byte); }

#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>
#define HARDWARE __attribute__((target("crc")))

// HWCAP_CRC32: https://docs.kernel.org/arch/arm64/elf_hwcaps.html
int edge_crc32c_is_there(void) { return (getauxval(AT_HWCAP) & (1UL << 7)) != 0; }

HARDWARE static inline uint64_t eight(uint64_t state, uint64_t word) { return __crc32cd((uint32_t)state, word); }
HARDWARE static inline uint32_t one(uint32_t state, unsigned char byte) { return __crc32cb(state, byte); }

#else
#define NO_INSTRUCTION
int edge_crc32c_is_there(void) { return 0; }
uint32_t edge_crc32c(uint32_t state, const void *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return state;
}
#endif

#ifndef NO_INSTRUCTION
HARDWARE uint32_t edge_crc32c(uint32_t state, const void *bytes, size_t count) {
  const unsigned char *next = bytes;
  uint64_t wide = state;
  for (; count >= 8; count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, sizeof word);
    wide = eight(wide, word);
  }
  state = (uint32_t)wide;
  for (; count > 0; count--) state = one(state, *next++);
  return state;
}
#endif
