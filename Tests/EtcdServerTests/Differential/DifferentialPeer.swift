#if Networking
import EdgeGRPC
import EtcdAPI
import Synchronization

/// One of the two servers, asked what the other is asked. Answers are told as text, without what differs between any two
/// members: ids, terms and what is left of a lease.
final class DifferentialPeer: Sendable {
  private let client: GRPCConnection
  /// What the watches have been told, by their ids, without how it was cut into responses.
  private let told = Mutex<[Int64: [String]]>([:])
  private let watch: GRPCClientStream<Etcd.WatchRequest, Etcd.WatchResponse>

  /// Runs `body` with one that has a watch stream open.
  static func with<Output>(
    _ client: GRPCConnection, _ body: (DifferentialPeer) async throws -> Output
  ) async throws -> Output {
    try await client.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
      let peer = DifferentialPeer(client: client, watch: stream)
      async let _: Void = peer.readWatches()
      return try await body(peer)
    }
  }

  private init(client: GRPCConnection, watch: GRPCClientStream<Etcd.WatchRequest, Etcd.WatchResponse>) {
    self.client = client
    self.watch = watch
  }

  var watches: [Int64: [String]] { told.withLock { $0 } }

  private func readWatches() async throws {
    for try await response in watch.responses {
      told.withLock { told in
        var lines: [String] = []
        if response.created {
          lines.append("created at \(response.header?.revision ?? 0) \(response.cancelReason)")
        }
        lines += response.events.map {
          "\($0.type) \($0.kv.map { "\($0)" } ?? "") before: \($0.previous.map { "\($0)" } ?? "")"
        }
        if response.canceled { lines.append("canceled, compacted \(response.compactRevision)") }
        if let last = response.events.last?.kv?.modRevision, last > response.header?.revision ?? 0 {
          lines.append("a header behind its events")
        }
        told[response.watchID, default: []] += lines
      }
    }
  }

  /// - Returns: the answer, and where the store stands after it, if it says so.
  func answer(_ call: DifferentialTraffic.Call) async throws -> (String, revision: Int64?) {
    switch call {
    case .range(let request):
      return try await ask(GRPCMethod(Etcd.KV.range), request) { response in
        response.sortEquals(request)
        return response.header?.normalize()
      }
    case .put(let request): return try await ask(GRPCMethod(Etcd.KV.put), request) { $0.header?.normalize() }
    case .delete(let request): return try await ask(GRPCMethod(Etcd.KV.deleteRange), request) { $0.header?.normalize() }
    case .transaction(let request):
      return try await ask(GRPCMethod(Etcd.KV.transaction), request) { response in
        response.sortEquals(request)
        return response.header?.normalize()
      }
    case .compact(let request): return try await ask(GRPCMethod(Etcd.KV.compact), request) { $0.header?.normalize() }
    case .grant(let request): return try await ask(GRPCMethod(Etcd.Lease.grant), request) { $0.header?.normalize() }
    case .revoke(let request): return try await ask(GRPCMethod(Etcd.Lease.revoke), request) { $0.header?.normalize() }
    case .timeToLive(let request):
      return try await ask(GRPCMethod(Etcd.Lease.timeToLive), request) { response in
        response.ttl = min(response.ttl, 1)
        // etcd gives them in any order.
        response.keys.sort { $0.lexicographicallyPrecedes($1) }
        return response.header?.normalize()
      }
    case .leases:
      return try await ask(GRPCMethod(Etcd.Lease.leases), .init()) { response in
        response.leases.sort { $0.id < $1.id }
        return response.header?.normalize()
      }
    case .keepAlive(let request):
      return try await client.streaming(GRPCMethod(Etcd.Lease.keepAlive)) { stream in
        try await stream.requests.write(request)
        guard var response = try await stream.responses.next() else { return ("nothing", nil) }
        let revision = response.header?.normalize()
        return ("\(response)", revision)
      }
    case .watch(let request):
      try await watch.requests.write(.create(request))
      return ("", nil)
    case .cancelWatch(let id):
      try await watch.requests.write(.cancel(.init(watchID: id)))
      return ("", nil)
    }
  }

  private func ask<Request, Response>(
    _ method: GRPCMethod<Request, Response>, _ request: Request, _ normalize: (inout Response) -> Int64?
  ) async throws -> (String, Int64?) {
    do {
      var response = try await client.unary(method, request)
      let revision = normalize(&response)
      return ("\(response)", revision)
    } catch let error as GRPCCallError {
      return ("\(error.code.rawValue) \(error.message)", nil)
    }
  }
}

extension Etcd.ResponseHeader {
  fileprivate mutating func normalize() -> Int64 {
    (clusterID, memberID, raftTerm) = (min(clusterID, 1), min(memberID, 1), min(raftTerm, 1))
    return revision
  }
}

// Keys that are equal in what they are sorted by come from etcd in any order: here in that of their bytes.
extension Etcd.RangeResponse {
  fileprivate mutating func sortEquals(_ request: Etcd.RangeRequest) {
    func isEqual(_ left: Etcd.KeyValue, _ right: Etcd.KeyValue) -> Bool {
      switch request.sortTarget {
      case .version: left.version == right.version
      case .createRevision: left.createRevision == right.createRevision
      case .modRevision: left.modRevision == right.modRevision
      // Without values nobody can tell.
      case .value: request.keysOnly || left.value == right.value
      default: false
      }
    }
    var start = 0
    for end in Array(kvs.indices.dropFirst()) + [kvs.count] {
      guard start < end, end == kvs.count || !isEqual(kvs[start], kvs[end]) else { continue }
      kvs[start..<end].sort { $0.key.lexicographicallyPrecedes($1.key) }
      start = end
    }
  }
}

extension Etcd.TransactionResponse {
  fileprivate mutating func sortEquals(_ request: Etcd.TransactionRequest) {
    for (index, operation) in (succeeded ? request.success : request.failure).enumerated()
    where responses.indices.contains(index) {
      switch (operation, responses[index]) {
      case (.range(let request), .range(var response)):
        response.sortEquals(request)
        responses[index] = .range(response)
      case (.transaction(let request), .transaction(var response)):
        response.sortEquals(request)
        responses[index] = .transaction(response)
      default: break
      }
    }
  }
}
#endif
