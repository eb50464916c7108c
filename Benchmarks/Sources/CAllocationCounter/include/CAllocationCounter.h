#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdint.h>

// Counts of the process since it began; read them before and after what is measured. On systems other than glibc the
// allocator is not interposed and both stay 0.
uint64_t allocation_counter_calls(void);
uint64_t allocation_counter_bytes(void);

#endif
