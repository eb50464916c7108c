#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CEdgeProcess.h"

#include <errno.h>

#if defined(__linux__)
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CEdgeProcessChild.h"

// What is told when a mount failed and when anything else did.
struct failure {
  int error;
  int mount;
};

static int make_target(const char *target, int is_directory) {
  char path[PATH_MAX];
  size_t length = strlen(target);
  if (length == 0 || length >= sizeof path || target[0] != '/') return EINVAL;
  memcpy(path, target, length + 1);
  for (size_t end = 1; end <= length; end++) {
    if (path[end] != '/' && path[end] != 0) continue;
    int is_last = path[end] == 0;
    path[end] = 0;
    struct stat information;
    if (stat(path, &information) != 0) {
      if (errno != ENOENT) return errno;
      if (is_last && !is_directory) {
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (file < 0) return errno;
        close(file);
      } else if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        return errno;
      }
    }
    if (!is_last) path[end] = '/';
  }
  return 0;
}

static struct failure mount_all(const struct edge_mount *mounts, int count) {
  if (unshare(CLONE_NEWNS) != 0) return (struct failure){errno, 0};
  // What the machine mounts later is still seen; what is mounted here stays here.
  if (mount(0, "/", 0, MS_REC | MS_SLAVE, 0) != 0) return (struct failure){errno, 0};
  for (int index = 0; index < count; index++) {
    int error = make_target(mounts[index].target, mounts[index].is_directory);
    if (error == 0 && mount(mounts[index].source, mounts[index].target, 0, MS_BIND | MS_REC, 0) != 0) error = errno;
    if (error != 0) return (struct failure){error, index};
  }
  // Last, because one mount may lie within another.
  for (int index = 0; index < count; index++) {
    if (!mounts[index].is_read_only) continue;
    if (mount(0, mounts[index].target, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0) != 0)
      return (struct failure){errno, index};
  }
  return (struct failure){0, -1};
}

int edge_spawn_mounted(const char *path, char *const argv[], char *const envp[], const char *directory,
                       int log_descriptor, const struct edge_mount *mounts, int count, int *failed, int *pid) {
  int report[2];
  *failed = -1;
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t child = fork();
  if (child == 0) {
    struct failure failure = mount_all(mounts, count);
    if (failure.error == 0) {
      failure.error = edge_child_execute(path, argv, envp, directory, log_descriptor);
      failure.mount = -1;
    }
    // Both fit into the pipe at once.
    int told[2] = {failure.error, failure.mount};
    ssize_t written = write(report[1], told, sizeof told);
    _exit(written == sizeof told ? 127 : 126);
  }
  int error = child < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  close(report[1]);
  if (child > 0) {
    error = edge_child_outcome(report[0], child);
    if (error != 0 && read(report[0], failed, sizeof *failed) != sizeof *failed) *failed = -1;
  }
  close(report[0]);
  if (error == 0) *pid = child;
  return error;
}
#else
int edge_spawn_mounted(const char *path, char *const argv[], char *const envp[], const char *directory,
                       int log_descriptor, const struct edge_mount *mounts, int count, int *failed, int *pid) {
  (void)path, (void)argv, (void)envp, (void)directory, (void)log_descriptor, (void)mounts, (void)count, (void)pid;
  *failed = -1;
  return ENOSYS;
}
#endif
