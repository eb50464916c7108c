#if SQLite
import CSQLite
#endif
