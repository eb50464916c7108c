#if Networking && SQLite
import EdgeGRPC
import EdgeMetrics
import EdgeStore
import EdgeStoreSQLite

/// What is asked of a running store from outside: is it well, and what does it hold.
struct StoreMonitor: Sendable {
  let store: SQLiteStore
  let health: HealthService

  /// As etcd's: a server that stops, or cannot write, is not healthy.
  func check() async -> EdgeMetrics.Health {
    guard health.status() == .serving else { return .unhealthy(reason: "the server is stopping") }
    do throws(StoreError) {
      switch try await store.status().writeRefusal {
      case nil: return .healthy
      case StoreError.Code.noSpace: return .unhealthy(reason: "the disk or the quota is full; reads go on")
      default: return .unhealthy(reason: "the disk failed; nothing is written until a restart, reads go on")
      }
    } catch {
      return .unhealthy(reason: error.message)
    }
  }

  /// Names that etcd has too are etcd's.
  func write(to page: inout MetricsText) async {
    guard let status = try? await store.status() else { return }
    let canWrite = status.writeRefusal == nil
    page.add("etcd_server_has_leader", .gauge, help: "Whether writes are taken.", value: canWrite ? 1 : 0)
    page.add(
      "etcd_mvcc_db_total_size_in_bytes", .gauge, help: "The database with its log.",
      value: Double(status.databaseBytes))
    page.add("etcd_debugging_mvcc_keys_total", .gauge, help: "Keys that exist.", value: Double(status.keyCount))
    page.add(
      "etcd_debugging_mvcc_current_revision", .gauge, help: "The newest revision.",
      value: Double(status.revision.rawValue))
    page.add(
      "etcd_debugging_mvcc_compact_revision", .gauge, help: "The oldest revision that can be read.",
      value: Double(status.compactedRevision.rawValue))
    page.add("edge_store_leases", .gauge, help: "Leases that exist.", value: Double(status.leaseCount))
    page.add(
      "edge_store_disk_written_bytes_total", .counter, help: "Bytes handed to the disk since the start.",
      value: Double(status.bytesWritten))
  }
}
#endif
