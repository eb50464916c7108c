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

/// Has glibc's allocator give memory back rather than keep it for speed: two arenas however many threads there are, and
/// blocks from 256 KiB on of their own, whose pages go when they are freed. For a process that should stay small after a
/// load; call it early. Does nothing where the allocator is another one.
void edge_allocator_stay_small(void);

#endif
