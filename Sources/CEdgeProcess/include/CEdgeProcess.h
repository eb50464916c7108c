// What the Swift overlay of Glibc cannot express: variadic system calls, GNU extensions of posix_spawn, the allocator.
#ifndef C_EDGE_PROCESS_H
#define C_EDGE_PROCESS_H

/// Opens a file descriptor that becomes readable when the process ends (pidfd_open(2), Linux 5.3 or later).
/// Returns -1 and sets errno on failure. The descriptor is close-on-exec.
int edge_pidfd_open(int pid);

/// Starts `path` as the leader of a new process group with `directory` as its working directory, standard input from
/// /dev/null, standard output and error appended to `log_descriptor`, default signal dispositions, an empty signal mask
/// and no other descriptor of the caller. Returns 0 and sets *pid, or an errno value.
int edge_spawn(const char *path, char *const argv[], char *const envp[], const char *directory, int log_descriptor,
               int *pid);

/// The same for a process that must not outlive its caller: it gets `death_signal` when the calling *thread* ends
/// (PR_SET_PDEATHSIG), so call it on a thread that lives as long as the process may.
int edge_spawn_bound(const char *path, char *const argv[], char *const envp[], const char *directory,
                     int log_descriptor, int death_signal, int *pid);

/// One path of a program's own view of the file system: `source` is seen at `target`, an absolute path.
struct edge_mount {
  const char *source;
  const char *target;
  int is_directory;
  int is_read_only;
};

/// As edge_spawn, with mounts that only the new process and its children see (mount namespaces; the caller needs
/// CAP_SYS_ADMIN). Targets that do not exist are made, as systemd's BindPaths does it: they are the machine's own
/// directories. *failed is the number of the mount that was refused, -1 when it was not a mount.
int edge_spawn_mounted(const char *path, char *const argv[], char *const envp[], const char *directory,
                       int log_descriptor, const struct edge_mount *mounts, int count, int *failed, int *pid);

/// Bounds what the allocator keeps (mallopt(3)): how many arenas there are, by how many bytes one grows, how much of its
/// free end it keeps, and from which size on blocks are mapped on their own. Does nothing where the C library has no such
/// thing.
void edge_bound_allocator(int arenas, int growth_bytes, int kept_bytes, int mapped_bytes);

/// Gives pages back to the system that hold nothing but freed blocks (malloc_trim(3)); takes about a millisecond for 50 MB.
/// Does nothing where the C library has no such thing.
void edge_trim_allocator(void);

#endif
