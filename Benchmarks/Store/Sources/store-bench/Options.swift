import Foundation

/// What the command line and the environment ask for.
struct Options: Sendable {
  var duration = Duration.seconds(3)
  var rounds = 3
  var idle = Duration.seconds(60)
  var clients = [1, 16, 64]
  var watchers = [1, 10, 100]
  var listKeys = 10_000
  var startKeys = 100_000
  var valueBytes = 1024
  var groups: Set<CaseGroup> = Set(CaseGroup.allCases)
  var directory = FileManager.default.currentDirectoryPath + "/.build"
  var jsonFile: String?
  var markdownFile: String?
  var svgFile: String?
  var etcd = ""
  var edgeStore = ""
  var etcdload: String?

  enum CaseGroup: String, CaseIterable, Sendable { case load, watch, memory, start, local, compaction, idle }

  struct Misuse: Error, CustomStringConvertible { let description: String }

  init(_ arguments: [String], environment: [String: String]) throws {
    var rest = arguments[...]
    func value(_ name: String) throws -> String {
      guard let text = rest.popFirst() else { throw Misuse(description: "\(name) needs a value") }
      return text
    }
    func number(_ name: String) throws -> Double {
      let text = try value(name)
      guard let number = Double(text), number > 0, number < 1e6 else {
        throw Misuse(description: "\(name): \"\(text)\" is no positive number")
      }
      return number
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--duration": duration = .seconds(try number(argument))
      case "--rounds": rounds = Int(try number(argument))
      case "--idle": idle = .seconds(try number(argument))
      case "--only":
        groups = Set(
          try value(argument).split(separator: ",").map { name in
            guard let group = CaseGroup(rawValue: String(name)) else {
              throw Misuse(description: "there is no group \"\(name)\"")
            }
            return group
          })
      case "--quick": (duration, rounds, idle) = (.milliseconds(500), 1, .seconds(5))
      case "--dir": directory = try value(argument)
      case "--json": jsonFile = try value(argument)
      case "--markdown": markdownFile = try value(argument)
      case "--svg": svgFile = try value(argument)
      case "--edge-store": edgeStore = try value(argument)
      default: throw Misuse(description: "unknown option \(argument)")
      }
    }
    if rounds < 1 { throw Misuse(description: "--rounds is at least 1") }
    if edgeStore.isEmpty { edgeStore = environment["EDGE_STORE"] ?? "" }
    if !FileManager.default.isExecutableFile(atPath: edgeStore) {
      throw Misuse(description: "--edge-store (or EDGE_STORE) names no program: \"\(edgeStore)\"")
    }
    etcd = environment["EDGE_ETCD"] ?? Self.find("etcd", environment["PATH"]) ?? ""
    if !FileManager.default.isExecutableFile(atPath: etcd) {
      throw Misuse(description: "etcd is not on the PATH, and EDGE_ETCD names no program")
    }
    etcdload = environment["EDGE_ETCDLOAD"].flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func find(_ program: String, _ path: String?) -> String? {
    (path ?? "").split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static let usage = """
    usage: store-bench --edge-store PROGRAM [options]
      --duration S   seconds of each measurement (3)
      --rounds N     turns that the peers take at each; the median counts (3)
      --idle S       how long they are watched doing nothing (60)
      --only LIST    of load, watch, memory, start, local, compaction, idle
      --quick        half a second, one round, 5 s idle
      --dir DIR      where the databases are put: a real disk, the same for both
      --json FILE, --markdown FILE, --svg FILE
    environment: EDGE_ETCD (else etcd on the PATH), EDGE_STORE, EDGE_ETCDLOAD (a load program to use in place of our client)
    """
}
