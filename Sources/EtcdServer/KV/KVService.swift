#if Networking
import EdgeGRPC
import EdgeProtobuf
import EdgeStore
import EtcdAPI
import NIOCore

/// `etcdserverpb.KV`: reads and writes.
struct KVService: Sendable {
  let access: StoreAccess
  let identity: MemberIdentity
  let alarms: AlarmBoard

  func register(in services: inout GRPCServices) {
    services.immediate(Self.range) { request, reply in
      let range: RangeRequest
      do throws(Etcd.Failure) { range = try RangeRequest(request) } catch { return reply.fail(GRPCStatus(error)) }
      access.range(range) { result in
        switch result {
        case .success(var response):
          if request.sortTarget != .key, let cut = try? CutBeforeSorting(request) { cut.apply(to: &response) }
          let answer = RangeAnswer(identity.header(response.revision), response)
          if response.kvs.count < RangeAnswerPieces.minimumCount {
            reply.succeed(answer)
          } else {
            reply.succeed(inPieces: RangeAnswerPieces(answer))
          }
        case .failure(let error): reply.fail(GRPCStatus(error))
        }
      }
    }
    services.immediate(Self.put, answersBehindSources: true) { request, reply in
      let put: PutRequest
      do throws(Etcd.Failure) { put = try PutRequest(request) } catch { return reply.fail(GRPCStatus(error)) }
      commit(Transaction(success: [.put(put)]), reply) { response in
        guard case .put(let put) = response.results.first else { return nil }
        return PutAnswer(identity.header(response.revision), put)
      }
    }
    services.immediate(Self.deleteRange, answersBehindSources: true) { request, reply in
      let deletion: DeleteRequest
      do throws(Etcd.Failure) { deletion = try DeleteRequest(request) } catch { return reply.fail(GRPCStatus(error)) }
      commit(Transaction(success: [.delete(deletion)]), reply) { response in
        guard case .delete(let deleted) = response.results.first else { return nil }
        return DeleteAnswer(identity.header(response.revision), deleted)
      }
    }
    services.immediate(Self.transaction, answersBehindSources: true) { request, reply in
      let transaction: Transaction
      do throws(Etcd.Failure) { transaction = try Transaction(request) } catch { return reply.fail(GRPCStatus(error)) }
      guard request.cutsBeforeSorting else {
        return commit(transaction, reply) { TransactionAnswer(identity.header($0.revision), $0) }
      }
      commit(transaction, reply) { response in
        var response = response
        response.cut(request)
        return TransactionAnswer(identity.header(response.revision), response)
      }
    }
    services.unary(GRPCMethod(Etcd.KV.compact)) { request, _ in
      // The store answers when the compaction is on its disk; what it frees is not waited for, whatever `physical` says,
      // because it is given back in small steps that no client should wait for.
      if let refusal = alarms.refusal(puts: false) { throw GRPCStatus(refusal) }
      try await answering { () async throws(StoreError) in
        // Nothing lies below the first revision: etcd lets that be compacted while nothing is.
        if request.revision == 0, try await access.store.status().compactedRevision == .zero { return }
        try await access.store.compact(upTo: Revision(rawValue: request.revision))
      }
      let revision = try await answering { () async throws(StoreError) in try await access.currentRevision() }
      return Etcd.CompactionResponse(header: identity.header(revision))
    }
  }

  private func commit<Answer>(
    _ transaction: Transaction, _ reply: GRPCReply<Answer>,
    _ answer: @escaping @Sendable (TransactionResponse) -> Answer?
  ) {
    if alarms.isAnyRaised, transaction.writes, let refusal = alarms.refusal(puts: transaction.puts) {
      return reply.fail(GRPCStatus(refusal))
    }
    access.commit(transaction) { result in
      switch result {
      case .success(let response):
        if let answer = answer(response) {
          reply.succeed(answer)
        } else {
          reply.fail(GRPCStatus(.internalError, "the store's answer is not that of its request"))
        }
      case .failure(let error): reply.fail(GRPCStatus(error))
      }
    }
  }

  private static let range = GRPCMethod<Etcd.RangeRequest, RangeAnswer>(
    service: Etcd.KV.service, name: Etcd.KV.range.name, request: .protobuf, response: .protobuf)
  private static let put = GRPCMethod<Etcd.PutRequest, PutAnswer>(
    service: Etcd.KV.service, name: Etcd.KV.put.name, request: .boundedProtobuf, response: .protobuf)
  private static let deleteRange = GRPCMethod<Etcd.DeleteRangeRequest, DeleteAnswer>(
    service: Etcd.KV.service, name: Etcd.KV.deleteRange.name, request: .boundedProtobuf, response: .protobuf)
  private static let transaction = GRPCMethod<Etcd.TransactionRequest, TransactionAnswer>(
    service: Etcd.KV.service, name: Etcd.KV.transaction.name, request: .boundedProtobuf, response: .protobuf)
}

extension GRPCCodec where Message: ProtobufMessage {
  /// Refuses what etcd would not write to its log: more than 1.5 MiB in one request.
  static var boundedProtobuf: GRPCCodec {
    let plain = GRPCCodec.protobuf
    return GRPCCodec(
      decode: { buffer in
        if buffer.readableBytes > StoreLimits.maximumRequestBytes { throw GRPCStatus(.requestTooLarge) }
        return try plain.decode(buffer)
      }, encode: plain.encode)
  }
}
#endif
