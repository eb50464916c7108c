import EdgePrimitives
import Synchronization

/// Keeps one device and its twin together: polls, writes what is desired, reconnects, reports.
///
/// It is the shell around ``DeviceTwin`` and talks to the device through one ``DeviceDriver`` at a time, one call at a
/// time: values that are read together stay together.
///
/// **Order of writing and storing.** `onChange` is awaited, and its owner stores the twin's snapshot before it returns.
/// For one desired value it is called with `pending` and the attempt (with the value the device holds) stored first;
/// only then the device is written; the outcome is stored after the read-back. After a crash at any point the next life
/// reads before it writes:
/// - crashed before the write: the device still holds the old value, so it is written (once);
/// - crashed between the write and the storing of its outcome: the device holds the desired value, or some third value
///   (clamped), so it is not written again;
/// - crashed later: the stored outcome says that nothing is open.
/// One case is left that no order of steps can settle: the device took the write, kept exactly its old value, and the
/// crash came before that was stored. It is asked once more.
///
/// **Back-pressure.** While `onChange` runs nothing is polled. New readings are gathered over the report cycle; what a
/// newer reading replaces is counted in ``counters``.
public final class DeviceMapper<C: Clock>: Sendable where C.Duration == Duration {
  public typealias MakeDriver = @Sendable (DeviceDefinition) throws -> any DeviceDriver
  public typealias OnChange = @Sendable (TwinChange) async -> Void

  struct Shared: Sendable {
    var twin: DeviceTwin
    var inbox: MapperInbox
    var counters = MapperCounters()
    var hasRun = false
  }

  let clock: C
  let wallClock: any WallClock
  let entropy: any EntropySource
  let nodeTag: String
  let configuration: MapperConfiguration
  let makeDriver: MakeDriver
  let onChange: OnChange
  let initialDefinition: DeviceDefinition
  let wake = WakeSignal()
  let shared: Mutex<Shared>

  /// - Parameters:
  ///   - snapshot: what an earlier life stored; nil starts anew.
  ///   - makeDriver: makes the driver for a definition, once per connection. What it throws is taken as a fault of the
  ///     definition: the device is `unhealthy` with that reason until another definition comes.
  ///   - clock: for cycles and delays.
  ///   - nodeTag: names this replica in timestamps, for instance the node's name.
  ///   - onChange: stores and passes on the twin. It is never called twice at a time.
  public init(
    definition: DeviceDefinition, restoring snapshot: TwinSnapshot? = nil, makeDriver: @escaping MakeDriver, clock: C,
    wallClock: any WallClock, entropy: any EntropySource, nodeTag: String,
    configuration: MapperConfiguration = MapperConfiguration(), onChange: @escaping OnChange
  ) {
    initialDefinition = definition
    self.makeDriver = makeDriver
    self.clock = clock
    self.wallClock = wallClock
    self.entropy = entropy
    self.nodeTag = nodeTag
    self.configuration = configuration
    self.onChange = onChange
    let twin = DeviceTwin(
      identity: definition.identity, schemas: definition.properties.map(\.schema), restoring: snapshot,
      nodeTag: nodeTag, missedCyclesUntilStale: configuration.missedCyclesUntilStale)
    shared = Mutex(Shared(twin: twin, inbox: MapperInbox(known: definition)))
  }

  /// Serves the device until the task is cancelled. Then values are marked stale and the last state is handed over.
  /// A mapper runs once; make another one, restored from the snapshot, for the next life.
  public func run() async {
    shared.withLock { shared in
      precondition(!shared.hasRun, "a mapper runs once")
      shared.hasRun = true
    }
    var run = MapperRun(mapper: self, definition: initialDefinition, twin: twin)
    await run.perform()
  }

  /// The Device object, or its model, has changed. Takes effect between two calls to the driver.
  public func update(definition: DeviceDefinition) {
    shared.withLock { $0.inbox.put(definition) }
    wake.signal()
  }

  /// Somebody at the edge wants a property to have this value; nil withdraws it.
  ///
  /// Returns false, and does nothing, when the device has no such property. All other verdicts are in the twin.
  @discardableResult
  public func setDesired(_ text: String?, for property: PropertyName, expiresAt: Timestamp? = nil) -> Bool {
    let isKnown = shared.withLock {
      $0.inbox.put(MapperInbox.Wish(text: text, expiresAt: expiresAt), for: property)
    }
    if isKnown { wake.signal() }
    return isKnown
  }

  /// The twin as it was after the last event.
  public var twin: DeviceTwin { shared.withLock { $0.twin } }

  public var counters: MapperCounters {
    shared.withLock { shared in
      var counters = shared.counters
      counters.supersededRequests = shared.inbox.supersededRequests
      counters.refusedRequests += shared.inbox.refusedRequests
      return counters
    }
  }
}
