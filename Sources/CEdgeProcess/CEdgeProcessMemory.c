#include "CEdgeProcess.h"

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)
#include <malloc.h>

void edge_bound_allocator(int arenas, int growth_bytes, int kept_bytes, int mapped_bytes) {
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_TOP_PAD, growth_bytes);
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  mallopt(M_MMAP_THRESHOLD, mapped_bytes);
}

void edge_trim_allocator(void) { malloc_trim(0); }
#else
void edge_bound_allocator(int arenas, int growth_bytes, int kept_bytes, int mapped_bytes) {
  (void)arenas;
  (void)growth_bytes;
  (void)kept_bytes;
  (void)mapped_bytes;
}

void edge_trim_allocator(void) {}
#endif
