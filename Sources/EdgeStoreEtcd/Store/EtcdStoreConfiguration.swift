#if Networking
import EdgePrimitives
import NIOSSL

/// Which cluster an ``EtcdStore`` speaks to, and how patient it is.
public struct EtcdStoreConfiguration: Sendable {
  /// The members; one of them is used at a time, another one when it fails. At least one.
  public var endpoints: [EtcdEndpoint]
  /// Needed by endpoints with `https`; see ``EtcdTLS/client(authorityPEM:identity:)``.
  public var tls: NIOSSLContext?
  /// How long a call may take in all, its retries included. A write that was sent and not answered by then fails with
  /// `outcomeUnknown`, everything else with `unavailable`.
  public var requestTimeout: Duration = .seconds(12)
  /// How long one attempt to reach one member may take, TLS included.
  public var connectTimeout: Duration = .seconds(3)
  /// A silent member is pinged after this time while calls or watches are open. etcd punishes pings that come oftener than
  /// every 5 s.
  public var keepaliveInterval: Duration = .seconds(6)
  /// A member that does not answer a ping for this long is left: so is a half-open connection found.
  public var keepaliveTimeout: Duration = .seconds(3)
  /// How long a member that failed is left alone.
  public var backoff = Backoff(base: .milliseconds(100), cap: .seconds(5), minimum: .milliseconds(20))

  public init(endpoints: [EtcdEndpoint], tls: NIOSSLContext? = nil) {
    precondition(!endpoints.isEmpty, "a store needs an endpoint")
    self.endpoints = endpoints
    self.tls = tls
  }
}
#endif
