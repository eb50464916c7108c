// SQLite's write-ahead log as a store with one writer wants it written: SQLite makes two small writes for each page, while a
// connection opened with the file system `EDGE_LOG_FILE_SYSTEM` gathers a transaction's pages into one. When it waits for
// the disk does not change.
#ifndef C_EDGE_LOG_FILE_H
#define C_EDGE_LOG_FILE_H

#if __has_include(<sqlite3.h>)
#include <sqlite3.h>

/// The name to open a database with (sqlite3_open_v2). Everything but the log is left to SQLite's default file system.
#define EDGE_LOG_FILE_SYSTEM "edge-log"

/// Makes the name known to SQLite; once is enough, and more does no harm. Returns an SQLite result code.
int edge_log_register(void);
#endif

#endif
