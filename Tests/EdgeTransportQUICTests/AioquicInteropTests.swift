#if QUIC
import EdgeIdentity
import EdgeTestKit
import EdgeTransport
import EdgeTransportNIO
import Foundation
import Testing

@testable import EdgeTransportQUIC

@Suite("aioquic, a QUIC of somebody else's", .serialized, .timeLimit(.minutes(1)))
struct AioquicInteropTests {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  /// A folder with the authority's certificate and an end's certificate and key.
  private struct Files {
    let folder: URL
    var arguments: [String] { ["ca.pem", "end.pem", "key.pem"].map { folder.appending(path: $0).path } }

    init(_ authority: CertificateAuthority, _ identity: KeyAndCertificate) throws {
      folder = URL(filePath: NSTemporaryDirectory()).appending(path: "edge-aioquic-\(UInt64.random(in: 0 ... .max))")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, text) in [
        ("ca.pem", authority.certificatePEM), ("end.pem", identity.certificatePEM), ("key.pem", identity.privateKeyPEM),
      ] { try Data(text.utf8).write(to: folder.appending(path: name)) }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
  }

  private static func peer(
    _ script: String = "aioquic_peer.py", arguments: [String], input: Pipe? = nil, output: Pipe
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(PeerProgram.path("aioquic-python")))
    process.arguments = [fixtures.appending(path: script).path] + arguments
    process.standardInput = input ?? FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    return process
  }

  @Test(
    "its client proves a node, sends a megabyte to our server, gets it back, closes with a FIN and is told that all is well",
    .enabled(if: PeerProgram.isWanted("aioquic-python")), arguments: [64, 0])
  func client(_ handshakesWithoutRetry: Int) async throws {
    let end = Shared<String?>(nil)
    let setup = QUICHarness.Setup(
      configure: { $0.handshakesWithoutRetry = handshakesWithoutRetry },
      serve: { accepted in
        do {
          while let bytes = try await accepted.carrier.receive() { try await accepted.carrier.send(bytes) }
          end.withLock { $0 = "\(accepted.nodeName) closed" }
        } catch {
          end.withLock { $0 = "\(error)" }
        }
      })
    try await QUICHarness.with(setup) { harness in
      let files = try Files(
        harness.authority,
        harness.authority.issueClientCertificate(
          commonName: "system:node:aio", organizations: ["system:nodes"], validity: .seconds(3600)))
      defer { files.remove() }
      let output = Pipe()
      let process = try Self.peer(
        arguments: ["client"] + files.arguments + ["\(harness.port)", "1000000"], output: output)
      let text = await Task.detached {
        String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      }.value
      process.waitUntilExit()
      #expect(text == "same\nclosed: 0\n")
      #expect(await soon { end.withLock { $0 } != nil })
      #expect(end.withLock { $0 } == "aio closed")
      #expect(harness.server.statistics.retries == (handshakesWithoutRetry == 0 ? 1 : 0))
    }
  }

  @Test(
    "our client sends a megabyte to its server, gets it back, and closes in good order",
    .enabled(if: PeerProgram.isWanted("aioquic-python")))
  func server() async throws {
    let (authority, identity) = try QUICHarness.newServer()
    let files = try Files(authority, identity)
    defer { files.remove() }
    let (input, output) = (Pipe(), Pipe())
    let process = try Self.peer(arguments: ["server"] + files.arguments, input: input, output: output)
    defer {
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    let line = await Task.detached { output.fileHandleForReading.availableData }.value
    let port = try #require(Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
    let node = try authority.issueClientCertificate(
      commonName: "system:node:edge-1", organizations: ["system:nodes"], validity: .seconds(3600))
    let client = QUICFrameClient(
      configuration: .init(host: "127.0.0.1", port: port),
      credentials: try QUICCredentials(identity: node, authorityPEM: authority.certificatePEM), group: QUICHarness.group
    )
    let carrier = try await client.connect()
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
    async let sending: Void = carrier.send(bytes)
    var received: [UInt8] = []
    while received.count < bytes.count, let piece = try await carrier.receive() { received += piece }
    try await sending
    let isSame = received == bytes
    #expect(isSame)
    carrier.rebind()
    try await carrier.send([1, 2, 3])
    #expect(try await carrier.receive() == [1, 2, 3])
    await carrier.close()
    #expect(try await carrier.receive() == nil)
  }

  @Test(
    "clients that break the rules in packets that decrypt are closed; who keeps to them notices nothing",
    .enabled(if: PeerProgram.isWanted("aioquic-python")))
  func hostile() async throws {
    let environment = ProcessInfo.processInfo.environment["EDGE_QUIC_HOSTILE"] ?? "1 300 15"
    let numbers = environment.split(separator: " ").map(String.init)
    let setup = QUICHarness.Setup(
      configure: { $0.timing.handshakeTimeout = .seconds(2) },
      serve: { accepted in
        while let bytes = try? await accepted.carrier.receive() { try? await accepted.carrier.send(bytes) }
      })
    try await QUICHarness.with(setup) { harness in
      let files = try Files(
        harness.authority,
        harness.authority.issueClientCertificate(
          commonName: "system:node:aio", organizations: ["system:nodes"], validity: .seconds(3600)))
      defer { files.remove() }
      let bystander = try await harness.client("bystander").connect()
      let output = Pipe()
      let process = try Self.peer(
        "aioquic_hostile.py", arguments: files.arguments + ["\(harness.port)"] + numbers, output: output)
      let text = await Task.detached {
        String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      }.value
      process.waitUntilExit()
      // Now and then all that a client says is allowed.
      let closed = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), "\(environment)")
      let made = try #require(Int(numbers[2]))
      #expect(closed > made * 3 / 4 && closed <= made, "\(environment)")
      try await bystander.send([1])
      #expect(try await bystander.receive() == [1])
      await bystander.close()
      #expect(await soon { harness.server.statistics.connections == 0 })
    }
  }
}
#endif
