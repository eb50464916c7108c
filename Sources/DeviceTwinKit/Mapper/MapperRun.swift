import EdgePrimitives
import Synchronization

/// One run of a ``DeviceMapper``: the loop around connections. State lives here, in one task; the mapper's lock only
/// guards what others look at.
struct MapperRun<C: Clock> where C.Duration == Duration {
  let mapper: DeviceMapper<C>
  var definition: DeviceDefinition
  var twin: DeviceTwin
  let start: C.Instant
  var schedule = PollSchedule()
  var backoff: Backoff
  var counters = MapperCounters()

  /// Properties to read before their time, because a desired value waits for it.
  var readNow: Set<PropertyName> = []
  /// Changed but not handed over yet.
  var unreported: Set<PropertyName> = []
  var reportDue: Duration?
  var lastReport: Duration?
  var refreshDue: Duration
  /// The driver is of no more use; why.
  var lostReason: String?
  var failuresInARow = 0

  init(mapper: DeviceMapper<C>, definition: DeviceDefinition, twin: DeviceTwin) {
    self.mapper = mapper
    self.definition = definition
    self.twin = twin
    start = mapper.clock.now
    backoff = mapper.configuration.backoff
    refreshDue = mapper.configuration.refreshInterval
  }

  /// Time since the start of this run; schedules are kept in it.
  var elapsed: Duration { start.duration(to: mapper.clock.now) }
  var now: Timestamp { mapper.wallClock.now() }

  mutating func perform() async {
    schedule.replace(cycles, at: elapsed)
    await perform(twin.apply(definition, now: now), driver: nil)
    while !Task.isCancelled {
      let driver: any DeviceDriver
      do {
        driver = try mapper.makeDriver(definition)
      } catch {
        await perform(twin.deviceLost(reason: String(describing: error), now: now), driver: nil)
        await waitWithoutDevice(until: nil)
        continue
      }
      do {
        try await driver.connect()
      } catch {
        counters.connectFailures += 1
        await driver.close()
        await perform(twin.deviceLost(reason: error.description, now: now), driver: nil)
        await waitWithoutDevice(until: elapsed + backoff.next(using: mapper.entropy))
        continue
      }
      counters.connections += 1
      await serve(driver)
      await driver.close()
      let reason = lostReason
      lostReason = nil
      guard !Task.isCancelled else { break }
      if let reason {
        await perform(twin.deviceLost(reason: reason, now: now), driver: nil)
        await waitWithoutDevice(until: elapsed + backoff.next(using: mapper.entropy))
      }
    }
    await finish()
  }

  /// Polls and writes until the link breaks, another driver is needed or the task is cancelled.
  private mutating func serve(_ driver: any DeviceDriver) async {
    failuresInARow = 0
    readNow = []
    await perform(twin.deviceConnected(now: now), driver: driver)
    while !Task.isCancelled && lostReason == nil {
      if await takeInbox(driver) { return }
      let due = schedule.takeDue(at: elapsed).union(readNow)
      readNow = []
      if !due.isEmpty { await poll(due, driver) }
      guard lostReason == nil else { return }
      await settleTime(driver)
      if readNow.isEmpty { await wait(until: schedule.nextDeadline) }
    }
  }

  private mutating func poll(_ names: Set<PropertyName>, _ driver: any DeviceDriver) async {
    do {
      let readings = try await driver.read(names.sorted())
      counters.reads += 1
      failuresInARow = 0
      backoff.reset()
      await perform(twin.readingsArrived(readings, now: now), driver: driver)
    } catch {
      guard !Task.isCancelled else { return }
      counters.readFailures += 1
      failuresInARow += 1
      await perform(twin.readMissed(names, reason: error.description, now: now), driver: driver)
      // A device that hangs behind a standing connection comes back, if ever, on a new one.
      if error.code == .linkLost || failuresInARow >= mapper.configuration.missedCyclesUntilStale {
        lostReason = error.description
      }
    }
  }

  /// Without a device wishes are still recorded and old ones still expire. Returns at `deadline`, or when a new
  /// definition makes another attempt worth while.
  private mutating func waitWithoutDevice(until deadline: Duration?) async {
    while !Task.isCancelled {
      if let deadline, elapsed >= deadline { return }
      if await takeInbox(nil) { return }
      await settleTime(nil)
      await wait(until: deadline)
    }
  }

  /// Takes over what others want; returns whether a new driver is needed for it.
  private mutating func takeInbox(_ driver: (any DeviceDriver)?) async -> Bool {
    let (newer, wishes) = mapper.shared.withLock { $0.inbox.take() }
    var needsNewDriver = false
    if let newer {
      let difference = newer.difference(from: definition)
      definition = newer
      needsNewDriver = difference.needsNewDriver
      schedule.replace(cycles, at: elapsed)
      if difference.isOtherDevice {
        // Only the clock lives on; the state belonged to another object.
        twin = DeviceTwin(
          identity: newer.identity, restoring: twin.snapshot, nodeTag: mapper.nodeTag,
          missedCyclesUntilStale: mapper.configuration.missedCyclesUntilStale)
      }
      await perform(twin.apply(newer, now: now), driver: needsNewDriver ? nil : driver)
      backoff.reset()
    }
    for (name, wish) in wishes.sorted(by: { $0.key < $1.key }) {
      let directives = twin.setDesired(wish.text, for: name, expiresAt: wish.expiresAt, now: now)
      await perform(directives, driver: needsNewDriver ? nil : driver)
    }
    return needsNewDriver
  }

  /// What happens because time passes: expiry and due reports.
  private mutating func settleTime(_ driver: (any DeviceDriver)?) async {
    await perform(twin.clockAdvanced(now: now), driver: driver)
    if elapsed >= refreshDue {
      await deliver(including: Set(twin.properties.filter { $0.value.reported != nil }.keys))
    } else if let reportDue, elapsed >= reportDue {
      await deliver(including: [])
    }
  }

  private func wait(until deadline: Duration?) async {
    var next = [deadline, reportDue, refreshDue].compactMap { $0 }.min() ?? refreshDue
    if let expiry = twin.nextExpiry { next = min(next, elapsed + max(expiry - now, .milliseconds(1))) }
    guard next > elapsed else { return }
    await mapper.wake.wait(until: start.advanced(by: next), clock: mapper.clock)
  }

  private var cycles: [PropertyName: Duration] {
    Dictionary(definition.properties.map { ($0.name, $0.collectCycle) }, uniquingKeysWith: { first, _ in first })
  }
}
