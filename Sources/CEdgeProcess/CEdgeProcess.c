#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CEdgeProcess.h"

#include <errno.h>

#if defined(__linux__)
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int edge_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int edge_spawn(const char *path, char *const argv[], char *const envp[], const char *directory, int log_descriptor,
               int *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return error;
  error = posix_spawnattr_init(&attributes);
  if (error != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  pid_t child = -1;
  if ((error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
      (error = posix_spawn_file_actions_adddup2(&actions, log_descriptor, 1)) == 0 &&
      (error = posix_spawn_file_actions_adddup2(&actions, log_descriptor, 2)) == 0 &&
      (error = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) == 0 &&
      (error = posix_spawn_file_actions_addchdir_np(&actions, directory)) == 0 &&
      (error = posix_spawnattr_setpgroup(&attributes, 0)) == 0 &&
      (error = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
      (error = posix_spawnattr_setsigmask(&attributes, &none)) == 0 &&
      (error = posix_spawnattr_setflags(
           &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)) == 0) {
    error = posix_spawn(&child, path, &actions, &attributes, argv, envp);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) *pid = child;
  return error;
}
#else
int edge_pidfd_open(int pid) {
  (void)pid;
  errno = ENOSYS;
  return -1;
}

int edge_spawn(const char *path, char *const argv[], char *const envp[], const char *directory, int log_descriptor,
               int *pid) {
  (void)path, (void)argv, (void)envp, (void)directory, (void)log_descriptor, (void)pid;
  return ENOSYS;
}
#endif
