// What a forked child does before it becomes another program. Only async-signal-safe calls: other threads of the caller
// may have held locks at the fork.
#ifndef C_EDGE_PROCESS_CHILD_H
#define C_EDGE_PROCESS_CHILD_H

/// Leads a new process group, with standard input from /dev/null, output and error to `log_descriptor`, no other
/// descriptor, default signal dispositions and `directory` as its working directory, and executes `path`. Returns an errno
/// value when that failed.
int edge_child_execute(const char *path, char *const argv[], char *const envp[], const char *directory,
                       int log_descriptor);

/// What the caller of fork does about a child that reports its failure (an int) over a pipe which a successful exec closes:
/// returns 0 when there was none, else its value, with the child reaped.
int edge_child_outcome(int report_descriptor, int child);

#endif
