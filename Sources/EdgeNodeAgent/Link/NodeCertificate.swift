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
/// The connection of the moment is left alone by a renewal; the next one uses the new certificate. A certificate that ran
/// out while the node was away, or that its disk has spoilt, keeps it from the cloud, not from its work: pods and devices
/// need none.
public final class NodeCertificate: Sendable {
  private let directory: String
  private let token: String?
  private let bootstrap: BootstrapClient
  private let hub: EdgeHubConfiguration
  private let group: any EventLoopGroup
  private let wallClock: any WallClock
  private let logger: Logger
  private let node: NodeName
  /// Nil when what was stored cannot be used.
  private let current: Mutex<NodeIdentity?>

  private init(
    node: NodeName, identity: NodeIdentity?, directory: String, token: String?, bootstrap: BootstrapClient,
    hub: EdgeHubConfiguration,
    group: any EventLoopGroup, wallClock: any WallClock, logger: Logger
  ) {
    self.node = node
    current = Mutex(identity)
    self.directory = directory
    self.token = token
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
    func certificate(_ identity: NodeIdentity?) -> NodeCertificate {
      NodeCertificate(
        node: node, identity: identity, directory: directory, token: token, bootstrap: bootstrap, hub: hub,
        group: group, wallClock: wallClock,
        logger: logger)
    }
    do throws(IdentityError) {
      if let stored = try NodeIdentity.load(directory: directory) {
        guard stored.nodeName == node else {
          throw IdentityError(
            code: .foreignName, message: "\(directory) holds the certificate of node \(stored.nodeName), not of \(node)"
          )
        }
        return certificate(stored)
      }
    } catch {
      guard error.code == .damaged else { throw error }
      logger.error("the stored certificate cannot be used", metadata: ["error": "\(error)"])
      return certificate(nil)
    }
    guard let token else {
      throw IdentityError(code: .refused, message: "this node has never joined; a join token is needed (--token)")
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

  /// Makes one connection to the hub.
  public func connect() async throws(TransportError) -> EdgeConnection {
    var stored = current.withLock { $0 }
    if stored?.isExpired(now: wallClock.now()) == true { stored = nil }
    let identity = if let stored { stored } else { try await joinAgain() }
    let client: EdgeHubClient
    do {
      let tls = try TLSContexts.edge(authorityPEM: identity.authorityPEM, identity: identity.credentials)
      client = EdgeHubClient(configuration: hub, tls: tls, group: group, logger: logger)
    } catch {
      throw TransportError(code: .insecure, message: error.message, cause: error)
    }
    return try await client.connect()
  }

  private func joinAgain() async throws(TransportError) -> NodeIdentity {
    guard let token else {
      throw TransportError(
        code: .insecure, message: "the node's certificate has expired or is damaged; a join token is needed (--token)")
    }
    do throws(IdentityError) {
      let identity = try await bootstrap.join(token: token, nodeName: node, directory: directory)
      current.withLock { $0 = identity }
      return identity
    } catch {
      throw TransportError(
        code: error.isRetryable ? .unreachable : .insecure, message: "joining again failed: \(error.message)",
        cause: error)
    }
  }

  /// Renews the certificate when its time has come, until the task is cancelled.
  public func run() async {
    var backoff = Backoff(base: .seconds(2), cap: .seconds(3600))
    while !Task.isCancelled {
      // Without a usable one there is nothing to renew; the next connection joins with the token.
      guard let identity = current.withLock({ $0 }), !identity.isExpired(now: wallClock.now()) else {
        try? await Task.sleep(for: .seconds(60))
        continue
      }
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
