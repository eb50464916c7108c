#include "CEdgeProcess.h"

#include <errno.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

int edge_pidfd_open(int pid) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, pid, 0);
#else
  return (int)syscall(434, pid, 0);
#endif
}
#else
int edge_pidfd_open(int pid) {
  (void)pid;
  errno = ENOSYS;
  return -1;
}
#endif
