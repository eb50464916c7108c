import EdgePrimitives
import EdgeResourceStore
import Synchronization

/// A source behind a bad line: lists fail, watches are cut before, after and between batches, batches come twice.
final class UnreliableSource<Object: Sendable>: ListWatchSource {
  /// How bad it is; probabilities in percent.
  struct Weather: Sendable {
    var listFailure = 0
    var watchFailure = 0
    /// After a batch was handed over.
    var cut = 0
    /// A batch is lost and the watch with it.
    var loss = 0
    /// A batch is handed over a second time.
    var repeated = 0

    static var calm: Weather { Weather() }
    static var storm: Weather { Weather(listFailure: 20, watchFailure: 30, cut: 15, loss: 10, repeated: 10) }
  }

  private struct State {
    var source: (any ListWatchSource<Object>)?
    var weather: Weather
    var cutters: [Int: AsyncStream<Void>.Continuation] = [:]
    var nextCutter = 0
  }
  private let state: Mutex<State>
  private let entropy: any EntropySource

  init(_ source: any ListWatchSource<Object>, _ weather: Weather, entropy: any EntropySource = SystemEntropy()) {
    state = Mutex(State(source: source, weather: weather))
    self.entropy = entropy
  }

  func change(to weather: Weather) { state.withLock { $0.weather = weather } }

  /// Another source in its place, or none for a while. Watches on the one before are cut.
  func replace(by source: (any ListWatchSource<Object>)?) {
    state.withLock { $0.source = source }
    cut()
  }

  func cut() {
    for id in state.withLock({ Array($0.cutters.keys) }) { cut(id) }
  }

  private func cut(_ id: Int) { state.withLock { $0.cutters.removeValue(forKey: id) }?.finish() }

  func list(limit: Int?, continuing token: String?) async throws(ResourceError) -> ResourcePage<Object> {
    let (source, weather) = state.withLock { ($0.source, $0.weather) }
    guard let source, !happens(weather.listFailure) else { throw Self.lost }
    return try await source.list(limit: limit, continuing: token)
  }

  func watch(
    after version: ResourceVersion, _ deliver: @escaping @Sendable (ResourceBatch<Object>) async -> Void
  ) async throws(ResourceError) {
    let (cuts, cutter) = AsyncStream<Void>.makeStream()
    let (source, id) = state.withLock { state in
      state.nextCutter += 1
      state.cutters[state.nextCutter] = cutter
      return (state.source, state.nextCutter)
    }
    defer { _ = state.withLock { $0.cutters.removeValue(forKey: id) } }
    guard let source, !happens(state.withLock { $0.weather.watchFailure }) else { throw Self.lost }
    let outcome = await withTaskGroup(of: Result<Void, ResourceError>.self) { group in
      group.addTask { [self] in
        do throws(ResourceError) {
          try await source.watch(after: version) { batch in
            let weather = self.state.withLock { $0.cutters[id] == nil ? nil : $0.weather }
            guard let weather else { return }
            let isLost = self.happens(weather.loss)
            if !isLost { await deliver(batch) }
            if !isLost, self.happens(weather.repeated) { await deliver(batch) }
            if isLost || self.happens(weather.cut) {
              self.cut(id)
            }
          }
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        for await _ in cuts {}
        return .failure(Self.lost)
      }
      let first = await group.next() ?? .success(())
      group.cancelAll()
      await group.waitForAll()
      return first
    }
    // Some lines end as if all were well.
    if case .failure(let error) = outcome, error.reason == .unavailable, happens(30) { return }
    try outcome.get()
  }

  private func happens(_ percent: Int) -> Bool { percent > 0 && entropy.next(below: 100) < UInt64(percent) }

  private static var lost: ResourceError { ResourceError(.unavailable, "the line is down") }
}

extension Backoff {
  /// So that tests do not wait.
  static var brief: Backoff { Backoff(base: .milliseconds(1), cap: .milliseconds(4), minimum: .zero) }
}
