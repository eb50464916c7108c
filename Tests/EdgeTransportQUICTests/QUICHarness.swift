#if QUIC
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import EdgeTransportQUIC

/// A server on a free port of the loopback with its own authority, and clients for it.
struct QUICHarness: Sendable {
  let server: QUICFrameServer
  let port: Int
  let authority: CertificateAuthority

  static let group = MultiThreadedEventLoopGroup.singleton
  static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  struct Setup: Sendable {
    var configure: @Sendable (inout QUICFrameServer.Configuration) -> Void = { _ in }
    var admit: @Sendable (HubAdmission) -> AdmissionDecision = NodeAdmission.certificateBound
    /// Serves a carrier.
    var serve: @Sendable (QUICFrameServer.Accepted) async -> Void
  }

  /// Runs `body` beside a server and stops the server when it is done.
  static func with(
    _ setup: Setup, identity shared: (CertificateAuthority, KeyAndCertificate)? = nil,
    body: @escaping @Sendable (QUICHarness) async throws -> Void
  ) async throws {
    let (authority, identity) = try shared ?? newServer()
    var configuration = QUICFrameServer.Configuration(host: "127.0.0.1", port: 0)
    setup.configure(&configuration)
    let server = QUICFrameServer(
      configuration: configuration,
      credentials: try QUICCredentials(identity: identity, authorityPEM: authority.certificatePEM), group: group,
      logger: logger, admit: setup.admit)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      let (ready, continuation) = AsyncStream<Int>.makeStream()
      tasks.addTask {
        try await server.run(onReady: { _, port in continuation.yield(port) }, handle: setup.serve)
      }
      var ports = ready.makeAsyncIterator()
      let port = try #require(await ports.next())
      try await body(QUICHarness(server: server, port: port, authority: authority))
      tasks.cancelAll()
    }
  }

  static func newServer() throws -> (CertificateAuthority, KeyAndCertificate) {
    let authority = try CertificateAuthority.create(commonName: "test", clock: SystemWallClock())
    let identity = try authority.issueServerCertificate(
      commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], validity: .seconds(3600))
    return (authority, identity)
  }

  func credentials(
    _ node: String, issuer: CertificateAuthority? = nil, commonName: String? = nil,
    protocol: String = FrameProtocol.applicationProtocol
  ) throws -> QUICCredentials {
    let identity = try (issuer ?? authority).issueClientCertificate(
      commonName: commonName ?? "system:node:\(node)", organizations: ["system:nodes"], validity: .seconds(3600))
    return try QUICCredentials(identity: identity, authorityPEM: authority.certificatePEM, protocol: `protocol`)
  }

  func client(
    _ node: String = "edge-1", port: Int? = nil, credentials: QUICCredentials? = nil,
    configure: (inout QUICFrameClient.Configuration) -> Void = { _ in }
  ) throws -> QUICFrameClient {
    var configuration = QUICFrameClient.Configuration(host: "127.0.0.1", port: port ?? self.port)
    configure(&configuration)
    return QUICFrameClient(
      configuration: configuration, credentials: try credentials ?? self.credentials(node), group: Self.group)
  }

  static func credential(_ number: UInt64) throws -> SessionCredential {
    try #require(SessionCredential(id: SessionID(high: 4, low: number), secret: Array(repeating: 7, count: 32)))
  }
}

/// The carriers that a server has accepted, for tests that hold both ends.
final class AcceptedCarriers: Sendable {
  private let stream: AsyncStream<QUICFrameCarrier>
  private let continuation: AsyncStream<QUICFrameCarrier>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  /// Hands the carrier over and keeps it until it is closed.
  func offer(_ accepted: QUICFrameServer.Accepted) async {
    continuation.yield(accepted.carrier)
    try? await accepted.carrier.link.closeFuture.get()
  }

  func next() async -> QUICFrameCarrier? {
    var iterator = stream.makeAsyncIterator()
    return await iterator.next()
  }
}

/// A value that several tasks of a test look at.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try value.withLock { value in try body(&value) }
  }
}

/// Waits, a few milliseconds at a time, for something that happens on another task; generous, because test machines are busy.
func soon(_ condition: () async -> Bool) async -> Bool {
  for _ in 0..<4000 {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return false
}
#endif
