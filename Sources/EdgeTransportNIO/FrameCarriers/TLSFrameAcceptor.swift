#if Networking
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOSSL

/// Turns accepted sockets into carriers of known nodes: TLS within its time, ALPN, the certificate, a place.
struct TLSFrameAcceptor: Sendable {
  let configuration: TLSFrameServer.Configuration
  let tls: NIOSSLContext
  let admit: @Sendable (HubAdmission) -> AdmissionDecision
  let connections: NodeConnections<ByteStreamLink>
  let handshakes: HandshakeTable
  let counters: FrameServerCounters
  let logger: Logger
  /// Takes over a carrier, on its event loop.
  let begin: @Sendable (TLSFrameServer.Accepted) -> Void

  func listen(on group: any EventLoopGroup) async throws -> any Channel {
    try await HandshakeListener(
      host: configuration.host, port: configuration.port, timeout: configuration.handshakeTimeout,
      handshakes: handshakes, logger: logger, wasCut: { [counters] in counters.handshakeCut() }
    ).listen(on: group) { try prepare($0) }
  }

  private func prepare(_ channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
    try pipeline.addHandler(
      TLSHandshakeWatcher { result in
        // Who was cut off while its handshake ended is gone.
        guard handshakes.end(channel) else { return }
        switch result {
        case .success(let negotiated): accept(channel, speaking: negotiated)
        case .failure(let error):
          counters.handshakeFailed()
          logger.notice(
            "a handshake failed", metadata: ["peer": "\(address(of: channel))", "reason": "\(error)"])
          channel.close(promise: nil)
        }
      })
  }

  private func address(of channel: any Channel) -> String { channel.remoteAddress?.description ?? "unknown" }

  private func accept(_ channel: any Channel, speaking negotiated: String?) {
    guard negotiated == FrameProtocol.applicationProtocol else {
      // It would not understand a word of ours.
      return refuse(channel, "it offers no \(FrameProtocol.applicationProtocol)", telling: nil)
    }
    let identity = (try? channel.pipeline.syncOperations.nioSSL_peerCertificate()).flatMap {
      try? PeerIdentity(nioCertificate: $0)
    }
    guard let identity, let nodeName = identity.nodeName else {
      return refuse(channel, "the client certificate is not a node's", telling: .connectionRefused)
    }
    let admission = HubAdmission(
      nodeName: nodeName, projectID: "", path: "", certificateCommonName: identity.commonName,
      certificateOrganizations: identity.organizations, remoteAddress: address(of: channel))
    if case .refuse(_, let reason) = admit(admission) {
      return refuse(channel, reason, telling: .connectionRefused)
    }
    guard let registration = connections.register(for: nodeName) else {
      // Not the session: its node must be able to come back with it.
      return refuse(channel, "the server has no place left", telling: .sessionDetached)
    }
    do {
      let link = try ByteStreamLink.install(
        on: channel, timing: configuration.timing, counters: LinkCounters(prefix: "edge_frames", logger: logger))
      connections.set(link, for: registration)?.startClosing()
      counters.begin()
      link.closeFuture.whenComplete { _ in
        connections.remove(registration)
        counters.end()
      }
      begin(
        TLSFrameServer.Accepted(
          carrier: TLSFrameCarrier(link: link), nodeName: nodeName, remoteAddress: admission.remoteAddress))
    } catch {
      // Only a channel that is closed already takes no handler.
      connections.remove(registration)
      channel.close(promise: nil)
    }
  }

  private func refuse(_ channel: any Channel, _ reason: String, telling code: FramingErrorCode?) {
    counters.refused()
    logger.warning(
      "refused a connection", metadata: ["peer": "\(address(of: channel))", "reason": "\(reason)"])
    guard let code else { return channel.close(promise: nil) }
    var bytes: [UInt8] = []
    Frame.connectionClose(SessionClose(.transport(code, frameType: 0), reason)).append(to: &bytes)
    channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in channel.close(promise: nil) }
  }
}
#endif
