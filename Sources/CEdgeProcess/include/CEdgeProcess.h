// What the Swift overlay of Glibc cannot express: variadic system calls.
#ifndef C_EDGE_PROCESS_H
#define C_EDGE_PROCESS_H

/// Opens a file descriptor that becomes readable when the process ends (pidfd_open(2), Linux 5.3 or later).
/// Returns -1 and sets errno on failure. The descriptor is close-on-exec.
int edge_pidfd_open(int pid);

#endif
