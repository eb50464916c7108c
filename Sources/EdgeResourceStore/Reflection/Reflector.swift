import EdgeAPIModels
import EdgePrimitives
import EdgeStore
import Synchronization

/// Keeps a local picture of a resource: lists it once and follows its changes from there, for as long as it runs.
///
/// A watch that is lost is resumed after the last thing it told. When the source no longer has the history for that, the
/// resource is listed anew and the difference to what was known is told as ``ReflectorEvent/synced(_:)``: nothing is missed
/// or repeated in silence (FF-17). What is told twice by a source is passed over and counted.
///
/// ```swift
/// let view = ObjectView<CoreV1.Pod>()
/// let reflector = Reflector(pods.listWatch(), view: view) { event in queue.add(event) }
/// async let running: Void = reflector.run()
/// await view.synced()
/// ```
/// Memory is that of the view, and twice that for what changed while a list is read; between source and consumer there is
/// no queue.
public final class Reflector<Object: Sendable>: Sendable {
  /// Gets one event after the other. The view shows it already. The source is kept waiting while it runs.
  public typealias Consumer = @Sendable (ReflectorEvent<Object>) async -> Void

  public let view: ObjectView<Object>
  private let source: any ListWatchSource<Object>
  private let configuration: ReflectorConfiguration
  private let time: ElapsedTime
  private let entropy: any EntropySource
  private let consumer: Consumer?
  private let state: Mutex<State>

  private struct State {
    var machine: ReflectorStateMachine
    var status = ReflectorStatus()
    var isRunning = false
    /// Counts what came from watches, to notice when nothing does.
    var batches = 0
    var isDelivering = false

    mutating func note(_ error: ResourceError) {
      if error.reason == .expired {
        status.expirations += 1
      } else {
        status.failures += 1
        status.lastError = error
      }
    }
  }

  /// - Parameters:
  ///   - view: where the objects are kept; only this reflector may change it.
  ///   - consumer: nil when the view is all that is wanted.
  public init(
    _ source: any ListWatchSource<Object>, view: ObjectView<Object> = ObjectView(),
    configuration: ReflectorConfiguration = ReflectorConfiguration(), clock: some Clock<Duration> = ContinuousClock(),
    entropy: any EntropySource = SystemEntropy(), consumer: Consumer? = nil
  ) {
    self.source = source
    self.view = view
    self.configuration = configuration
    self.consumer = consumer
    self.entropy = entropy
    time = ElapsedTime(clock)
    state = Mutex(
      State(machine: ReflectorStateMachine(pageSize: configuration.pageSize, backoff: configuration.backoff)))
  }

  public var status: ReflectorStatus { state.withLock { $0.status } }

  /// Reflects until the task is cancelled. No failure of the source ends it; ``status`` tells of them.
  public func run() async {
    let wasRunning = state.withLock { state in
      defer { state.isRunning = true }
      return state.isRunning
    }
    precondition(!wasRunning, "a reflector is run once at a time")
    defer {
      state.withLock {
        $0.isRunning = false
        $0.status.phase = .idle
      }
    }
    while !Task.isCancelled {
      let pause: Duration?
      switch state.withLock({ $0.machine.next() }) {
      case .list(let limit): pause = await list(limit)
      case .watch(let position): pause = await watch(after: position)
      }
      guard let pause, !Task.isCancelled else { continue }
      state.withLock { $0.status.phase = .waiting }
      try? await time.sleep(until: time.now() + pause)
    }
  }

  // MARK: Listing

  private func list(_ limit: Int?) async -> Duration? {
    state.withLock { $0.status.phase = .listing }
    do throws(ResourceError) {
      let known = view.snapshot
      var (listed, unreadable): ([ResourceItem<Object>], [UnreadableObject]) = ([], [])
      var token: String?
      var version: ResourceVersion
      repeat {
        let page = try await source.list(limit: limit, continuing: token)
        // What is known already is kept in place of its second copy.
        listed += page.items.map { item in known[item.key].flatMap { $0.version == item.version ? $0 : nil } ?? item }
        unreadable += page.unreadable
        (token, version) = (page.continueToken, page.version)
      } while token != nil
      let difference = view.replaceAll(with: listed, unreadable: unreadable, at: version)
      await consumer?(.synced(difference))
      state.withLock { state in
        state.machine.listed(at: version)
        state.status.version = version
        state.status.lists += 1
      }
      return nil
    } catch {
      return state.withLock { state in
        state.note(error)
        return state.machine.listFailed(error, entropy)
      }
    }
  }

  // MARK: Watching

  private func watch(after position: ResourceVersion) async -> Duration {
    state.withLock { state in
      state.status.phase = .watching
      state.status.watches += 1
    }
    let begin = time.now()
    let end = await withTaskGroup(of: ReflectorStateMachine.WatchEnd.self) { group in
      group.addTask { [self] in
        do throws(ResourceError) {
          try await source.watch(after: position) { batch in await self.take(batch) }
          return .ended
        } catch {
          return .failed(error)
        }
      }
      if let limit = configuration.silenceLimit { group.addTask { [self] in await silence(of: limit) } }
      let first = await group.next() ?? .ended
      group.cancelAll()
      await group.waitForAll()
      return first
    }
    let lived = time.now() - begin
    return state.withLock { state in
      switch end {
      case .ended: break
      case .silent: state.status.silences += 1
      case .failed(let error): state.note(error)
      }
      return state.machine.watchEnded(end, lived: lived, entropy)
    }
  }

  /// Returns when nothing has come from the watch for `limit`, or the task is cancelled.
  private func silence(of limit: Duration) async -> ReflectorStateMachine.WatchEnd {
    var heard = -1
    while !Task.isCancelled {
      let (batches, isDelivering) = state.withLock { ($0.batches, $0.isDelivering) }
      // A consumer that takes its time is no silence of the source.
      if batches == heard && !isDelivering { return .silent }
      heard = batches
      do { try await time.sleep(until: time.now() + limit) } catch { break }
    }
    return .ended
  }

  private func take(_ batch: ResourceBatch<Object>) async {
    let isNew = state.withLock { state in
      state.batches += 1
      guard state.machine.accepts(batch.version) else {
        state.status.repeats += batch.changes.count
        return false
      }
      state.isDelivering = true
      return true
    }
    guard isNew else { return }
    let (events, repeats) = view.apply(batch)
    // Told to its end even when the task is cancelled meanwhile: the view shows all of it already.
    if let consumer { for event in events { await consumer(event) } }
    state.withLock { state in
      state.isDelivering = false
      state.machine.advanced(to: batch.version)
      state.status.version = batch.version
      state.status.changes += events.count
      state.status.repeats += repeats
      for case .unreadable in events { state.status.unreadable += 1 }
    }
  }
}
