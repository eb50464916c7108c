// SQLite's write-ahead log as a store with one writer wants it written: SQLite's own layer makes two small writes for each
// page and waits for the disk inside COMMIT. A connection opened with the file system `EDGE_LOG_FILE_SYSTEM` gathers a
// transaction's pages into one write, and leaves waiting for the disk to its owner if he wants that.
#ifndef C_EDGE_LOG_FILE_H
#define C_EDGE_LOG_FILE_H

#if __has_include(<sqlite3.h>)
#include <sqlite3.h>

/// The name to open a database with (sqlite3_open_v2). Everything but the log is left to SQLite's default file system.
#define EDGE_LOG_FILE_SYSTEM "edge-log"

/// Makes the name known to SQLite; once is enough, and more does no harm. Returns an SQLite result code.
int edge_log_register(void);

/// Whether the connection's commits leave its log to be synced by the caller, who then must not tell anybody of a commit
/// before he has done it (fdatasync on the log's file covers all commits that had returned before). What SQLite's format
/// needs is synced all the same: a new log's header, and the log before pages of it are copied into the database.
/// Returns 0, having changed nothing, when the connection has no log of this file system.
int edge_log_leave_sync(sqlite3 *database, int leave);

/// Whether a sync was left to the caller since the last call.
int edge_log_take_left_sync(sqlite3 *database);
#endif

#endif
