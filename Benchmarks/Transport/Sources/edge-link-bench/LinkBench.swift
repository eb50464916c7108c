import EdgeTransport
import EdgeTransportNIO
import Foundation

/// Measures the WebSocket link over the loopback, and is the peer of the Autobahn test suite.
///
/// Each case runs its clients in a second process of this program, so that the hub's CPU time and memory are its own.
@main
enum LinkBench {
  static func main() async throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let command = arguments.isEmpty ? "help" : arguments.removeFirst()
    let options = Options(arguments)
    switch command {
    case "run": try await BenchRun(options).all()
    case "clients": try await BenchClients(options).run()
    case "echo-server": try await AutobahnPeer(options).serve()
    case "echo-client": try await AutobahnPeer(options).testAgainstServer()
    default:
      print(usage)
      exit(command == "help" ? 0 : 64)
    }
  }

  private static let usage = """
    usage: edge-link-bench run [--only one-way|round-trip|durable|idle|reconnect] [--seconds N] [--nodes N]
                               [--poll MICROSECONDS]               before sleep, both ends; 0 is off
           edge-link-bench echo-server --port N [--tls DIRECTORY]    peer of wstest -m fuzzingclient
           edge-link-bench echo-client --port N [--agent NAME]       peer of wstest -m fuzzingserver
    """
}

/// `--name value` pairs.
struct Options: Sendable {
  private var values: [String: String] = [:]

  init(_ arguments: [String]) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard name.hasPrefix("--"), let value = rest.popFirst() else {
        FileHandle.standardError.write(Data("\(name): expected --name value\n".utf8))
        exit(64)
      }
      values[String(name.dropFirst(2))] = value
    }
  }

  /// Of both ends.
  var timing: WebSocketTiming {
    var timing = WebSocketTiming()
    // The clients wait for no answer to pings while they are measured.
    timing.pingInterval = .seconds(120)
    if let poll = text("poll").flatMap({ Int($0) }) { timing.pollBeforeSleep = .microseconds(poll) }
    return timing
  }

  func text(_ name: String) -> String? { values[name] }
  func number(_ name: String, default fallback: Int) -> Int { values[name].flatMap { Int($0) } ?? fallback }
}

/// A line that leaves at once: `print` holds lines back when its output is no terminal.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
