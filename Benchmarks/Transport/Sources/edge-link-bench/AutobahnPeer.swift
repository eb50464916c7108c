import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Foundation
import Logging
import NIOPosix
import NIOSSL

/// Echoes whatever comes, over the product's own server and client: the two roles that the Autobahn test suite drives.
struct AutobahnPeer {
  private let options: Options
  private let group = MultiThreadedEventLoopGroup.singleton
  /// The suite's largest message has 16 MiB.
  private let maximumMessageBytes = 17 << 20

  init(_ options: Options) { self.options = options }

  /// Serves until the process is ended.
  func serve() async throws {
    var configuration = WebSocketServer.Configuration(port: options.number("port", default: 9001))
    configuration.maximumMessageBytes = maximumMessageBytes
    let tls = try options.text("tls").map { directory in
      let authority = try CertificateAuthority.loadOrCreate(directory: directory)
      let identity = try authority.issueServerCertificate(
        commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
      return try TLSContexts.server(identity, clientAuthorityPEM: nil, clientCertificates: .none)
    }
    let server = WebSocketServer(
      configuration: configuration, tls: tls, group: group, logger: Logger(label: "autobahn"))
    try await server.run(
      onReady: { host, port in say("listening on \(host):\(port)") }, handle: { connection in await echo(connection) })
  }

  /// Runs every case that the suite's server has, then asks it to write its report.
  func testAgainstServer() async throws {
    let agent = options.text("agent") ?? "edge"
    let count = try await connect("/getCaseCount").inbound.first { _ in true }
    let cases = count.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0
    say("\(cases) cases")
    for number in 1...max(1, cases) {
      do throws(TransportError) {
        await echo(try await connect("/runCase?case=\(number)&agent=\(agent)"))
      } catch {
        say("case \(number): \(error)")
      }
    }
    for try await _ in try await connect("/updateReports?agent=\(agent)").inbound {}
  }

  private func connect(_ path: String) async throws(TransportError) -> WebSocketConnection {
    var configuration = WebSocketClient.Configuration(
      host: "127.0.0.1", port: options.number("port", default: 9002), path: path)
    configuration.maximumMessageBytes = maximumMessageBytes
    return try await WebSocketClient(configuration: configuration, tls: nil, group: group).connect()
  }

  private func echo(_ connection: WebSocketConnection) async {
    do throws(TransportError) {
      for try await message in connection.inbound { try await connection.send(message) }
    } catch {
      // How a case ends is the suite's to judge.
    }
    await connection.close()
  }
}
