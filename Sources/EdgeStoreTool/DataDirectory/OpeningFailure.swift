#if Networking && SQLite
import EdgeStore

/// Why a database cannot be opened, and what to do about it.
struct OpeningFailure: Error, CustomStringConvertible {
  let directory: DataDirectory
  let error: StoreError

  var description: String { "\(error.message)\n\(advice)" }

  private var advice: String {
    switch error.code {
    case .damaged:
      """
      The database is damaged; it was left as it is. Take what is sound in it to a new one with
        edge-store salvage \(directory.path) NEW-DIR
      or restore a snapshot with
        edge-store snapshot restore FILE --data-dir NEW-DIR
      and serve NEW-DIR.
      """
    case .locked: "Another process serves this directory; stop it, or choose another --data-dir."
    case .incompatible:
      "A newer edge-store, or another program, wrote it: use that one, or choose another --data-dir. Nothing was changed."
    case .noSpace: "Make room on the disk; opening needs a little of it."
    case .cannotOpen: "Check that the directory exists and that this user may read and write it."
    case .futureRevision, .compacted: "Nothing was changed."
    default: "See the system's log for errors of the disk."
    }
  }
}
#endif
