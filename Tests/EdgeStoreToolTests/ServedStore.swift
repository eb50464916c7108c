#if Networking && SQLite
import EdgeGRPC
import EtcdAPI
import Foundation
import Logging
import NIOPosix
import Testing

func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
  let folder = NSTemporaryDirectory() + "edge-serve-\(UInt64.random(in: 0 ... .max))"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}

/// `edge-store serve`, run as the program it is.
final class ServedStore {
  let process = Process()
  /// Of the READY line.
  private(set) var urls: [String] = []
  private let errors: String

  /// - Returns: when it says READY.
  init(_ folder: String, _ arguments: [String] = []) throws {
    errors = folder + "/errors-\(UInt64.random(in: 0 ... .max))"
    process.executableURL = Self.executable
    process.arguments = ["serve", "--data-dir", folder + "/data"] + arguments
    if !arguments.contains("--listen-client-urls") {
      process.arguments? += ["--listen-client-urls", "http://127.0.0.1:0"]
    }
    let output = Pipe()
    process.standardOutput = output
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    var line = ""
    while !line.hasSuffix("\n") {
      let bytes = output.fileHandleForReading.availableData
      if bytes.isEmpty { break }
      line += String(decoding: bytes, as: UTF8.self)
    }
    guard line.hasPrefix("READY ") else {
      process.waitUntilExit()
      throw NotReady(line: line, errors: errorOutput, status: process.terminationStatus)
    }
    urls = line.dropFirst(6).dropLast().split(separator: ",").map { String($0) }
  }

  struct NotReady: Error {
    var line: String
    var errors: String
    var status: Int32
  }

  /// It stands beside the tests.
  static var executable: URL? {
    Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("edge-store")
  }

  var errorOutput: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }
  var port: Int { urls.first?.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

  func connect() async throws -> GRPCConnection {
    try await GRPCConnection.connect(
      host: "127.0.0.1", port: port, group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
  }

  /// - Returns: the exit status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { if process.isRunning { kill() } }
}

/// Runs a program to its end; both outputs together.
func run(
  _ executable: String?, _ arguments: [String], environment: [String: String]? = nil
) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: try #require(executable))
  process.arguments = arguments
  if let environment { process.environment = environment }
  let output = Pipe()
  process.standardOutput = output
  process.standardError = output
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, text)
}
#endif
