#if SQLite
import EdgeStoreSQLite
#endif
