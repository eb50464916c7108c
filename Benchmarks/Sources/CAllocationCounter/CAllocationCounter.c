#include "CAllocationCounter.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic uint64_t calls;
static _Atomic uint64_t bytes;

uint64_t allocation_counter_calls(void) { return atomic_load_explicit(&calls, memory_order_relaxed); }
uint64_t allocation_counter_bytes(void) { return atomic_load_explicit(&bytes, memory_order_relaxed); }

#ifdef __GLIBC__

// glibc exports its allocator under these names too, so that a program may put its own functions in front.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static inline void count(size_t size) {
  atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) {
  count(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *pointer, size_t size) {
  count(size);
  return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
  count(size);
  *pointer = __libc_memalign(alignment, size);
  return *pointer ? 0 : 12 /* ENOMEM */;
}

#endif
