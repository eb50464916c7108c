#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A program of somebody else's that tests talk to, such as `etcd`.
public enum PeerProgram {
  /// Where the PATH finds it; nil when it is not there. `scripts/bootstrap` unpacks Debian's packages beside the project.
  public static func path(_ name: String) -> String? {
    (environment("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Whether a test that needs it should run: outside of `make test` a machine may do without, inside (where
  /// `EDGE_REQUIRE_PEERS` is set) one that is missing is a failure.
  public static func isWanted(_ name: String) -> Bool { path(name) != nil || environment("EDGE_REQUIRE_PEERS") != nil }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
