import EdgePrimitives
import Synchronization

// Performing what the brain decided, and handing the twin to its owner.
extension MapperRun {
  mutating func perform(_ directives: [TwinDirective], driver: (any DeviceDriver)?) async {
    var queue = directives[...]
    while let directive = queue.popFirst() {
      switch directive {
      case .publish(let names): await deliver(including: names)
      case .report(let names): postpone(names)
      case .read(let names): readNow.formUnion(names)
      case .refuse: counters.refusedRequests += 1
      case .write(let name, let value, let version):
        // Cancelled between the decision and the write: the stored attempt lets the next life decide again.
        guard let driver, !Task.isCancelled else { continue }
        let outcome = await write(name, value, driver)
        queue.append(contentsOf: twin.writeFinished(name, version: version, outcome: outcome, now: now))
      }
    }
    publishCounters()
  }

  private mutating func write(_ name: PropertyName, _ value: PropertyValue, _ driver: any DeviceDriver) async
    -> WriteOutcome
  {
    counters.writes += 1
    do {
      return .readBack(try await driver.write(name, value))
    } catch {
      counters.writeFailures += 1
      if error.code == .linkLost { lostReason = error.description }
      return error.isRetryable ? .unknown(reason: error.description) : .refused(reason: error.message)
    }
  }

  /// Keeps a change for the next report: at once when the report cycle of one of these properties has passed.
  private mutating func postpone(_ names: Set<PropertyName>) {
    counters.coalescedReadings += unreported.intersection(names).count
    unreported.formUnion(names)
    let cycle = definition.properties.filter { names.contains($0.name) }.map(\.reportCycle).min() ?? .zero
    let due = lastReport.map { $0 + cycle } ?? elapsed
    reportDue = min(reportDue ?? due, due)
  }

  mutating func deliver(including names: Set<PropertyName>) async {
    let changed = unreported.union(names)
    unreported = []
    reportDue = nil
    counters.deliveries += 1
    publishCounters()
    await mapper.onChange(TwinChange(twin: twin, changed: changed, state: twin.state))
    lastReport = elapsed
    refreshDue = elapsed + mapper.configuration.refreshInterval
  }

  /// The last word after cancellation. It runs in a task of its own, which is awaited: the owner's storing must not see
  /// the cancellation, or the last state would be lost.
  mutating func finish() async {
    _ = twin.deviceLost(reason: "the mapper stopped", now: now)
    counters.deliveries += 1
    publishCounters()
    let change = TwinChange(
      twin: twin, changed: unreported.union(twin.properties.keys), state: twin.state)
    unreported = []
    let onChange = mapper.onChange
    await Task { await onChange(change) }.value
  }

  private mutating func publishCounters() {
    counters.skippedCycles = schedule.skippedCycles
    mapper.shared.withLock { shared in
      shared.counters = counters
      shared.twin = twin
    }
  }
}
