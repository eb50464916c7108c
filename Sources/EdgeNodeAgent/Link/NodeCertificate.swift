#if Networking && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Logging
import NIOCore
import Synchronization

/// The node's certificate over time: got with a token once, renewed with itself before it runs out.
///
/// The connection of the moment is left alone by a renewal; the next one uses the new certificate.
public final class NodeCertificate: Sendable {
  private let directory: String
  private let bootstrap: BootstrapClient
  private let hub: EdgeHubConfiguration
  private let group: any EventLoopGroup
  private let wallClock: any WallClock
  private let logger: Logger
  private let current: Mutex<NodeIdentity>

  private init(
    identity: NodeIdentity, directory: String, bootstrap: BootstrapClient, hub: EdgeHubConfiguration,
    group: any EventLoopGroup, wallClock: any WallClock, logger: Logger
  ) {
    current = Mutex(identity)
    self.directory = directory
    self.bootstrap = bootstrap
    self.hub = hub
    self.group = group
    self.wallClock = wallClock
    self.logger = logger
  }

  /// Loads the stored certificate, or joins with the token; a cloud that cannot be reached is tried again with backoff.
  ///
  /// - Throws: ``IdentityError`` when trying again is useless: a refused token, a wrong authority, no token at all.
  public static func obtain(
    for node: NodeName, directory: String, token: String?, bootstrap: BootstrapClient, hub: EdgeHubConfiguration,
    group: any EventLoopGroup, wallClock: any WallClock = SystemWallClock(), logger: Logger
  ) async throws -> NodeCertificate {
    func certificate(_ identity: NodeIdentity) -> NodeCertificate {
      NodeCertificate(
        identity: identity, directory: directory, bootstrap: bootstrap, hub: hub, group: group, wallClock: wallClock,
        logger: logger)
    }
    if let stored = try stored(in: directory, logger: logger), !stored.isExpired(now: wallClock.now()) {
      guard stored.nodeName == node else {
        throw IdentityError(
          code: .foreignName, message: "\(directory) holds the certificate of node \(stored.nodeName), not of \(node)")
      }
      return certificate(stored)
    }
    guard let token else {
      throw IdentityError(
        code: .refused, message: "this node has no valid certificate yet; a join token is needed (--token)")
    }
    var backoff = Backoff()
    while true {
      do throws(IdentityError) {
        let identity = try await bootstrap.join(token: token, nodeName: node, directory: directory)
        logger.notice("joined the cluster", metadata: ["node": "\(node)"])
        return certificate(identity)
      } catch {
        guard error.isRetryable else { throw error }
        let delay = backoff.next(using: SystemEntropy())
        logger.warning("joining failed", metadata: ["error": "\(error)", "next attempt": "in \(delay)"])
        try await Task.sleep(for: delay)
      }
    }
  }

  /// A damaged identity is of no use to anybody: it is as if the node had never joined.
  private static func stored(in directory: String, logger: Logger) throws(IdentityError) -> NodeIdentity? {
    do throws(IdentityError) {
      return try NodeIdentity.load(directory: directory)
    } catch {
      guard error.code == .damaged else { throw error }
      logger.error("the stored certificate cannot be used", metadata: ["error": "\(error)"])
      return nil
    }
  }

  /// Makes one connection to the hub.
  public func connect() async throws(TransportError) -> EdgeConnection {
    let identity = current.withLock { $0 }
    let client: EdgeHubClient
    do {
      let tls = try TLSContexts.client(authorityPEM: identity.authorityPEM, identity: identity.credentials)
      client = EdgeHubClient(configuration: hub, tls: tls, group: group, logger: logger)
    } catch {
      throw TransportError(code: .insecure, message: error.message, cause: error)
    }
    return try await client.connect()
  }

  /// Renews the certificate when its time has come, until the task is cancelled.
  public func run() async {
    var backoff = Backoff(base: .seconds(2), cap: .seconds(3600))
    while !Task.isCancelled {
      let identity = current.withLock { $0 }
      let now = wallClock.now()
      // Woken at least once a day: the wall clock of a machine without a battery may jump by years after its start.
      let wait = min(max(.zero, identity.rotationDue - now), .seconds(86_400))
      do {
        if wait > .zero {
          try await Task.sleep(for: wait)
          continue
        }
        let renewed = try await bootstrap.rotate(identity, directory: directory)
        current.withLock { $0 = renewed }
        backoff.reset()
        logger.notice("certificate renewed", metadata: ["until": "\(renewed.notAfter)"])
      } catch is CancellationError {
        return
      } catch {
        let delay = backoff.next(using: SystemEntropy())
        logger.warning("certificate not renewed", metadata: ["error": "\(error)", "next attempt": "in \(delay)"])
        try? await Task.sleep(for: delay)
      }
    }
  }
}
#endif
