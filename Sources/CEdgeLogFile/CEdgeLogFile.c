#include "CEdgeLogFile.h"

#if __has_include(<sqlite3.h>)
#include <stdlib.h>
#include <string.h>

// Layout of a log: https://www.sqlite.org/fileformat2.html#walformat
enum { frame_header_bytes = 24, commit_field = 4 };
// A transaction of thirty pages; of a longer one each buffer full is a write.
enum { buffer_bytes = 128 << 10 };

typedef struct {
  sqlite3_file base;
  // The default file system's file, which lies behind this struct.
  sqlite3_file *file;
  unsigned char *buffer;
  int count;
  sqlite3_int64 start;
  // The frame being written ends a transaction: others may read it as soon as SQLite's call returns.
  int ends_transaction;
} LogFile;

static sqlite3_vfs *system_files;
static sqlite3_vfs log_files;

// What cannot be written is given up: SQLite takes the transaction back, and writes the next one to the same place.
static int flush(LogFile *log) {
  int count = log->count;
  if (count == 0) return SQLITE_OK;
  log->count = 0;
  return log->file->pMethods->xWrite(log->file, log->buffer, count, log->start);
}

static int close_log(sqlite3_file *file) {
  LogFile *log = (LogFile *)file;
  int flushed = flush(log);
  int closed = log->file->pMethods->xClose(log->file);
  free(log->buffer);
  log->buffer = NULL;
  return flushed != SQLITE_OK ? flushed : closed;
}

static int read_log(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  LogFile *log = (LogFile *)file;
  int flushed = flush(log);
  return flushed != SQLITE_OK ? flushed : log->file->pMethods->xRead(log->file, bytes, count, offset);
}

static int write_log(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  LogFile *log = (LogFile *)file;
  if (log->count > 0 && (offset != log->start + log->count || count > buffer_bytes - log->count)) {
    int flushed = flush(log);
    if (flushed != SQLITE_OK) return flushed;
  }
  if (log->buffer == NULL) log->buffer = malloc(buffer_bytes);
  if (count > buffer_bytes || log->buffer == NULL) return log->file->pMethods->xWrite(log->file, bytes, count, offset);
  if (log->count == 0) log->start = offset;
  memcpy(log->buffer + log->count, bytes, (size_t)count);
  log->count += count;
  if (count == frame_header_bytes) {
    static const unsigned char none[4];
    log->ends_transaction = memcmp((const unsigned char *)bytes + commit_field, none, sizeof none) != 0;
    return SQLITE_OK;
  }
  return log->ends_transaction ? flush(log) : SQLITE_OK;
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size) {
  LogFile *log = (LogFile *)file;
  int flushed = flush(log);
  return flushed != SQLITE_OK ? flushed : log->file->pMethods->xTruncate(log->file, size);
}

static int sync_log(sqlite3_file *file, int flags) {
  LogFile *log = (LogFile *)file;
  int flushed = flush(log);
  return flushed != SQLITE_OK ? flushed : log->file->pMethods->xSync(log->file, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
  LogFile *log = (LogFile *)file;
  int flushed = flush(log);
  return flushed != SQLITE_OK ? flushed : log->file->pMethods->xFileSize(log->file, size);
}

static int lock_log(sqlite3_file *file, int level) {
  LogFile *log = (LogFile *)file;
  return log->file->pMethods->xLock(log->file, level);
}

static int unlock_log(sqlite3_file *file, int level) {
  LogFile *log = (LogFile *)file;
  return log->file->pMethods->xUnlock(log->file, level);
}

static int check_reserved_lock(sqlite3_file *file, int *is_reserved) {
  LogFile *log = (LogFile *)file;
  return log->file->pMethods->xCheckReservedLock(log->file, is_reserved);
}

static int control_log(sqlite3_file *file, int operation, void *argument) {
  LogFile *log = (LogFile *)file;
  int flushed = flush(log);
  return flushed != SQLITE_OK ? flushed : log->file->pMethods->xFileControl(log->file, operation, argument);
}

static int sector_size(sqlite3_file *file) {
  LogFile *log = (LogFile *)file;
  return log->file->pMethods->xSectorSize(log->file);
}

static int device_characteristics(sqlite3_file *file) {
  LogFile *log = (LogFile *)file;
  return log->file->pMethods->xDeviceCharacteristics(log->file);
}

// Version 1: shared memory and mapping belong to the database's file.
static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = close_log,
    .xRead = read_log,
    .xWrite = write_log,
    .xTruncate = truncate_log,
    .xSync = sync_log,
    .xFileSize = log_size,
    .xLock = lock_log,
    .xUnlock = unlock_log,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = control_log,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
};

static int open_file(sqlite3_vfs *files, const char *name, sqlite3_file *file, int flags, int *got_flags) {
  (void)files;
  if (!(flags & SQLITE_OPEN_WAL)) return system_files->xOpen(system_files, name, file, flags, got_flags);
  LogFile *log = (LogFile *)file;
  memset(log, 0, sizeof *log);
  log->file = (sqlite3_file *)(log + 1);
  int opened = system_files->xOpen(system_files, name, log->file, flags, got_flags);
  if (log->file->pMethods == NULL) return opened;
  if (opened != SQLITE_OK) {
    log->file->pMethods->xClose(log->file);
    return opened;
  }
  // Where overwriting can harm bytes beside those written, SQLite syncs in the middle of frames, which this layer does not
  // follow.
  int is_safe = log->file->pMethods->xDeviceCharacteristics(log->file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
  if (is_safe) {
    log->base.pMethods = &log_methods;
    return SQLITE_OK;
  }
  log->file->pMethods->xClose(log->file);
  return system_files->xOpen(system_files, name, file, flags, got_flags);
}

int edge_log_register(void) {
  sqlite3_vfs *found = sqlite3_vfs_find(NULL);
  if (found == NULL) return SQLITE_ERROR;
  if (sqlite3_vfs_find(EDGE_LOG_FILE_SYSTEM) != NULL) return SQLITE_OK;
  system_files = found;
  log_files = *found;
  log_files.pNext = NULL;
  log_files.zName = EDGE_LOG_FILE_SYSTEM;
  log_files.szOsFile = (int)sizeof(LogFile) + found->szOsFile;
  log_files.xOpen = open_file;
  return sqlite3_vfs_register(&log_files, 0);
}
#endif
