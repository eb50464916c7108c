#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CEdgeProcess.h"
#include "CEdgeProcessChild.h"

#include <errno.h>

#if defined(__linux__)
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

int edge_child_execute(const char *path, char *const argv[], char *const envp[], const char *directory,
                       int log_descriptor) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  if (setpgid(0, 0) != 0) return errno;
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || dup2(null, 0) < 0 || dup2(log_descriptor, 1) < 0 || dup2(log_descriptor, 2) < 0) return errno;
  if (syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) != 0) {
    for (int descriptor = 3; descriptor < 4096; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  if (chdir(directory) != 0) return errno;
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, 0) != 0) return errno;
  execve(path, argv, envp);
  return errno;
}

int edge_child_outcome(int report_descriptor, int child) {
  int error = 0;
  ssize_t count;
  do count = read(report_descriptor, &error, sizeof error);
  while (count < 0 && errno == EINTR);
  if (count != sizeof error || error == 0) return 0;
  while (waitpid(child, 0, 0) < 0 && errno == EINTR) {
  }
  return error;
}

static int become(const char *path, char *const argv[], char *const envp[], const char *directory, int log_descriptor,
                  int death_signal, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, death_signal) != 0) return errno;
  // The caller may have died before that: then no signal comes any more.
  if (getppid() != parent) _exit(127);
  return edge_child_execute(path, argv, envp, directory, log_descriptor);
}

int edge_spawn_bound(const char *path, char *const argv[], char *const envp[], const char *directory,
                     int log_descriptor, int death_signal, int *pid) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  // No handler of the caller may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    int error = become(path, argv, envp, directory, log_descriptor, death_signal, parent);
    ssize_t written = write(report[1], &error, sizeof error);
    _exit(written == sizeof error ? 127 : 126);
  }
  int error = child < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  close(report[1]);
  if (child > 0) error = edge_child_outcome(report[0], child);
  close(report[0]);
  if (error == 0) *pid = child;
  return error;
}
#else
int edge_spawn_bound(const char *path, char *const argv[], char *const envp[], const char *directory,
                     int log_descriptor, int death_signal, int *pid) {
  (void)path, (void)argv, (void)envp, (void)directory, (void)log_descriptor, (void)death_signal, (void)pid;
  return ENOSYS;
}
#endif
