import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransport
import EdgeTransportOutbox
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

func item(
  _ object: String, _ version: UInt64?, id: String? = nil, _ deliveryClass: DeliveryClass = .objects,
  bytes: Int = 1
) -> DeliveryItem {
  DeliveryItem(
    objectKey: object, version: version,
    message: EdgeMessage(
      header: MessageHeader(
        id: id ?? "\(object)@\(version.map(String.init) ?? "-")", timestampMilliseconds: 0,
        resourceVersion: version.map(String.init) ?? ""),
      route: MessageRoute(operation: .update, resource: object),
      content: MessageContent(json: Array(repeating: UInt8(ascii: "1"), count: bytes))),
    deliveryClass: deliveryClass)
}

/// Counts what passes to a store, and can let it fail.
final class ObservedStore: MVCCStore {
  private let store = MemoryStore()
  let commits = Mutex(0)
  let puts = Mutex(0)
  let failure = Mutex<StoreError?>(nil)
  /// What every commit waits for.
  let pace: Duration

  init(pace: Duration = .zero) { self.pace = pace }

  func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    if let failure = failure.withLock({ $0 }) { throw failure }
    if pace > .zero { try? await Task.sleep(for: pace) }
    commits.withLock { $0 += 1 }
    puts.withLock { puts in
      puts += transaction.success.count { if case .put = $0 { true } else { false } }
    }
    return try await store.commit(transaction)
  }

  func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse { try await store.range(request) }
  func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch { try await store.watch(request) }
  func compact(upTo revision: Revision) async throws(StoreError) { try await store.compact(upTo: revision) }
  func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease {
    try await store.grantLease(id, timeToLive: timeToLive)
  }
  func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision { try await store.revokeLease(id) }
  func keepLeaseAlive(_ id: LeaseID) async throws(StoreError) -> Lease { try await store.keepLeaseAlive(id) }
  func leaseStatus(_ id: LeaseID) async throws(StoreError) -> LeaseStatus? { try await store.leaseStatus(id) }
  func leases() async throws(StoreError) -> [Lease] { try await store.leases() }
  func status() async throws(StoreError) -> StoreStatus { try await store.status() }
  func snapshot() async throws(StoreError) -> StoreSnapshot { try await store.snapshot() }
}

/// A number that several tasks raise.
final class Count: Sendable {
  let value = Mutex(0)
}

protocol StoreService: Sendable {
  func run() async throws(StoreError)
}
extension DurableOutbox: StoreService {}
extension DeliveryReceiver: StoreService {}

/// Runs `body` while `service` runs, and ends the service afterwards.
func whileRunning<Output>(
  _ service: some StoreService, _ body: () async throws -> Output
) async throws -> Output {
  try await alongside(Task { try? await service.run() }, body)
}

typealias Judge = @Sendable (DeliveryItem, EdgeMessage) async -> MessageLink.Verdict

/// Runs `body` while `link` serves a connection.
func whileServing<Output>(
  _ link: MessageLink, _ connection: some MessageConnection, answered: @escaping Judge = { _, _ in .accepted },
  _ body: () async throws -> Output
) async throws -> Output {
  let serving = Task<Void?, Never> { try? await link.serve(connection, answered: answered, receive: { _ in }) }
  return try await alongside(serving, body)
}

/// Runs `body` while `link` serves a connection whose deliveries go to `receiver`.
func whileServing<Output>(
  _ link: MessageLink, _ connection: some MessageConnection, receiver: DeliveryReceiver,
  _ body: () async throws -> Output
) async throws -> Output {
  try await alongside(Task { try? await link.serve(connection, receiver: receiver) }, body)
}

/// Runs `body` while a session's answers are sent.
func whileAnswering<Output>(
  _ session: DeliveryReceiver.Session, _ connection: some MessageConnection, _ body: () async throws -> Output
) async throws -> Output {
  try await alongside(Task { await session.sendAnswers(over: connection) }, body)
}

private func alongside<Value: Sendable, Output>(
  _ task: Task<Value, Never>, _ body: () async throws -> Output
) async throws -> Output {
  defer { task.cancel() }
  let output = try await body()
  task.cancel()
  _ = await task.value
  return output
}

struct TimedOut: Error {}

/// Waits until `condition` holds; fails after twenty seconds.
func eventually(_ condition: () async throws -> Bool) async throws {
  let clock = ContinuousClock()
  let deadline = clock.now + .seconds(20)
  while try await !condition() {
    guard clock.now < deadline else { throw TimedOut() }
    try await Task.sleep(for: .milliseconds(1))
  }
}

func withTemporaryDirectory<Output>(_ body: (_ path: String) async throws -> Output) async throws -> Output {
  var template = Array("/tmp/edge-outbox-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw StoreError(.cannotOpen, "mkdtemp failed") }
  let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  defer {
    for name in ["sender.db", "receiver.db"] {
      for suffix in ["", "-wal", "-shm", "-lock"] { unlink(path + "/" + name + suffix) }
    }
    unlink(path + "/promised")
    rmdir(path)
  }
  return try await body(path)
}

func readText(_ path: String) -> String {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return "" }
  defer { close(descriptor) }
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while case let count = read(descriptor, &chunk, chunk.count), count > 0 { content += chunk[..<count] }
  return String(decoding: content, as: UTF8.self)
}
