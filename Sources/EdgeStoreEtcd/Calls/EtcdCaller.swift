#if Networking
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import EtcdAPI
import Metrics

/// Makes single calls: picks a member, repeats what may be repeated, and puts failures into the store's words.
struct EtcdCaller: Sendable {
  let connections: EtcdConnections
  let time: ElapsedTime
  let requestTimeout: Duration
  private let retries = Counter(label: "edge_etcd_client_retries_total")

  init(connections: EtcdConnections, time: ElapsedTime, requestTimeout: Duration) {
    self.connections = connections
    self.time = time
    self.requestTimeout = requestTimeout
  }

  /// A call without effect. Cancelling the task ends it at once.
  func read<Request, Response>(
    _ method: GRPCMethod<Request, Response>, _ request: Request
  ) async throws(StoreError) -> Response {
    try await attempts(.read) { link, timeout in
      try await link.connection.unary(method, request, options: GRPCCallOptions(timeout: timeout))
    }
  }

  /// A call with an effect. Cancelling the task ends it only before it is sent: a write cannot be called back, so its
  /// outcome is waited for, at most until the deadline.
  func write<Request, Response>(
    _ method: GRPCMethod<Request, Response>, _ request: Request
  ) async throws(StoreError) -> Response {
    try await attempts(.write) { link, timeout in
      try await Task {
        try await link.connection.unary(method, request, options: GRPCCallOptions(timeout: timeout))
      }.value
    }
  }

  /// A call over a stream that has no effect and may be begun anew: all of `body`, or nothing.
  func read<Request, Response, Result: Sendable>(
    streaming method: GRPCMethod<Request, Response>, timeout: Duration? = nil,
    _ body: @Sendable (GRPCClientStream<Request, Response>) async throws -> Result
  ) async throws(StoreError) -> Result {
    try await attempts(.read, timeout: timeout) { link, timeout in
      try await link.connection.streaming(method, options: GRPCCallOptions(timeout: timeout), body)
    }
  }

  private func attempts<Result>(
    _ kind: CallKind, timeout: Duration? = nil,
    _ attempt: (EtcdConnections.Link, Duration) async throws -> Result
  ) async throws(StoreError) -> Result {
    let deadline = time.now() + (timeout ?? requestTimeout)
    while true {
      let link = try await connections.link(before: deadline)
      do {
        let result = try await attempt(link, deadline - time.now())
        connections.succeeded(link)
        return result
      } catch let error as StoreError {
        throw error
      } catch let error as GRPCCallError {
        if kind == .read && Task.isCancelled { throw .cancelled }
        switch CallVerdict(error, kind) {
        case .fail(let failure):
          connections.succeeded(link)
          throw failure
        case .failLeavingMember(let failure):
          connections.failed(link, error)
          throw failure
        case .tryElsewhere:
          connections.failed(link, error)
          retries.increment()
        }
      } catch {
        if Task.isCancelled { throw .cancelled }
        throw kind == .read ? .unreachable(error) : .outcomeUnknown(error)
      }
    }
  }

  /// Where the store stands now, linearizable.
  func currentRevision() async throws(StoreError) -> Revision {
    // A key that nobody has; counting it costs nothing.
    let request = Etcd.RangeRequest(key: [0], countOnly: true)
    let response = try await read(GRPCMethod(Etcd.KV.range), request)
    return Revision(rawValue: response.header?.revision ?? 0)
  }

  /// Where the store was compacted to, given a revision that is no longer readable: etcd tells nobody but a watch that
  /// starts too early.
  func compactedRevision(beyond lost: Revision) async -> Revision? {
    guard lost > .zero else { return nil }
    let creation = WatchRequest(.key(StoreKey([0])), excluding: [.put, .delete]).etcd(from: lost, id: 1)
    let revision = try? await read(
      streaming: GRPCMethod(Etcd.Watch.watch), timeout: .seconds(2)
    ) { stream -> Revision? in
      try await stream.requests.write(.create(creation))
      while let response = try await stream.responses.next() {
        if response.canceled { return Revision(rawValue: response.compactRevision) }
      }
      return nil
    }
    guard let revision = revision ?? nil, revision > .zero else { return nil }
    return revision
  }
}
#endif
