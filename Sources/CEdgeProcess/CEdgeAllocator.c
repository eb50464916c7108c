#include "CEdgeProcess.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void edge_allocator_stay_small(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
#endif
}
