#ifndef EDGE_CSQLITE_SHIM_H
#define EDGE_CSQLITE_SHIM_H
#include <sqlite3.h>

/* SQLITE_TRANSIENT is a cast that Swift does not import: SQLite copies the bytes before this returns. A null pointer would
   bind NULL, so an empty value binds a blob of length zero. */
static inline int edge_sqlite3_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/* The bytes must stay where they are until the statement was run; whoever runs it again binds anew. */
static inline int edge_sqlite3_bind_lasting_bytes(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

static inline int edge_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text) {
  return sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

/* Text that may hold any bytes, a zero too. An empty one needs a pointer, or it would be NULL. */
static inline int edge_sqlite3_bind_text_bytes(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return sqlite3_bind_text(statement, index, count == 0 ? "" : (const char *)bytes, count, SQLITE_TRANSIENT);
}

/* sqlite3_db_config takes variable arguments, which Swift cannot call. Closing a connection then leaves the log alone, so
   that a database that proved damaged is set aside exactly as it was found. */
static inline int edge_sqlite3_keep_log(sqlite3 *database, int keep) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, (int *)0);
}

#endif
