#if Networking && canImport(Glibc)
import DeviceTwinKit
import DeviceTwinKitModbus
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Logging
import NIOCore
import Synchronization

/// Runs one mapper for each device of this node, from the cache: with or without the cloud, and after a restart from the
/// stored twin.
public final class DeviceHost: Sendable {
  private typealias Mapper = DeviceMapper<ContinuousClock>

  private let node: NodeName
  private let cache: ObjectCache
  private let store: any MVCCStore
  private let reporter: UpstreamReporter
  private let group: any EventLoopGroup
  private let logger: Logger
  private let running = Mutex<[ObjectKey: Mapper]>([:])
  /// What was last stored of each twin's desired side, and when.
  private let stored = Mutex<[ObjectKey: (desired: [PropertyName: DesiredValue], at: ContinuousClock.Instant)]>([:])
  /// The state that was reported last, and when.
  private let reportedStates = Mutex<[ObjectKey: (state: DeviceState, at: ContinuousClock.Instant)]>([:])
  private static let readingInterval = Duration.seconds(60)

  public init(
    node: NodeName, cache: ObjectCache, store: any MVCCStore, reporter: UpstreamReporter, group: any EventLoopGroup,
    logger: Logger
  ) {
    self.node = node
    self.cache = cache
    self.store = store
    self.reporter = reporter
    self.group = group
    self.logger = logger
  }

  /// The twins of this node's devices as they are now.
  public var twins: [ObjectKey: DeviceTwin] { running.withLock { $0.mapValues(\.twin) } }

  public func run() async {
    let subscription = cache.subscribe(to: [.devices, .deviceModels])
    defer { cache.unsubscribe(subscription) }
    let tasks = TaskTable<ObjectKey>()
    await withDiscardingTaskGroup { group in
      var keys = cache.objects(of: .devices).compactMap { try? $0.key() }
      repeat {
        for key in affectedDevices(keys) { await reconcile(key, tasks, &group) }
        guard let next = await subscription.changes.next() else { break }
        keys = next
      } while true
      group.cancelAll()
    }
  }

  private func affectedDevices(_ keys: [ObjectKey]) -> [ObjectKey] {
    var devices: Set<ObjectKey> = []
    for key in keys {
      if key.resource == .devices {
        devices.insert(key)
      } else {
        for device in cache.objects(of: .devices, namespace: key.namespace) {
          guard device["spec", "deviceModelRef", "name"]?.stringValue == key.name, let key = try? device.key() else {
            continue
          }
          devices.insert(key)
        }
      }
    }
    return devices.sorted()
  }

  private func reconcile(_ key: ObjectKey, _ tasks: TaskTable<ObjectKey>, _ group: inout DiscardingTaskGroup) async {
    guard let device = cache.object(key) else {
      guard running.withLock({ $0.removeValue(forKey: key) }) != nil else { return }
      logger.info("device removed", metadata: ["device": "\(key.name)"])
      tasks.cancel(key)
      stored.withLock { _ = $0.removeValue(forKey: key) }
      reportedStates.withLock { _ = $0.removeValue(forKey: key) }
      reporter.forgetDevice(namespace: key.namespace ?? "default", name: key.name)
      _ = try? await store.delete(snapshotKey(key))
      return
    }
    let modelName = device["spec", "deviceModelRef", "name"]?.stringValue ?? ""
    let modelKey = ObjectKey(resource: .deviceModels, namespace: key.namespace, name: modelName)
    guard let model = cache.object(modelKey) else {
      logger.info("a device waits for its model", metadata: ["device": "\(key.name)", "model": "\(modelName)"])
      return
    }
    let definition: DeviceDefinition
    do {
      definition = try DeviceDefinition(device: device, model: model)
    } catch {
      logger.error("a device cannot be mapped", metadata: ["device": "\(key.name)", "error": "\(error)"])
      return
    }
    if let mapper = running.withLock({ $0[key] }) {
      mapper.update(definition: definition)
      return
    }
    let mapper = Mapper(
      definition: definition, restoring: await snapshot(key),
      makeDriver: { [group = self.group] definition in try ModbusDriver(definition: definition, group: group) },
      clock: ContinuousClock(), wallClock: SystemWallClock(), entropy: SystemEntropy(), nodeTag: node.rawValue,
      onChange: { [weak self] change in await self?.take(change, key) })
    running.withLock { $0[key] = mapper }
    logger.info("device mapped", metadata: ["device": "\(key.name)", "protocol": "\(definition.protocolName)"])
    tasks.start(key, in: &group) { await mapper.run() }
  }

  // MARK: Twins on disk

  /// Stores the twin before anything else happens with it: the mapper waits for this before it writes to the device, so a
  /// store that cannot be written keeps the device from being written twice by keeping it from being written at all.
  ///
  /// Readings alone wait up to ``readingInterval``: a sensor that drifts all day must not wear out the flash (FF-09), and
  /// what a crash loses of them is read anew.
  private func take(_ change: TwinChange, _ key: ObjectKey) async {
    if isDue(change, key) { await save(change, key) }
    guard cache.object(key) != nil else { return }
    let now = SystemWallClock().now()
    let (namespace, name) = (key.namespace ?? "default", key.name)
    reporter.report(
      twin: TwinReport(of: change.twin).edgeUpdatedContent(eventID: UniqueID(from: SystemEntropy()), now: now),
      namespace: namespace, name: name)
    guard isNews(change.twin.state, of: key) else { return }
    reporter.report(
      deviceState: DeviceStateReport(of: change.twin).content(eventID: UniqueID(from: SystemEntropy()), now: now),
      namespace: namespace, name: name)
  }

  /// A CloudCore writes each report of a state to its API server. With every reading only the time changes at which the
  /// device was last seen; that is told as often as readings are stored.
  private func isNews(_ state: DeviceState, of key: ObjectKey) -> Bool {
    let now = ContinuousClock.now
    return reportedStates.withLock { reported in
      if let last = reported[key], last.state == state, now - last.at < Self.readingInterval { return false }
      reported[key] = (state, now)
      return true
    }
  }

  private func isDue(_ change: TwinChange, _ key: ObjectKey) -> Bool {
    let desired = change.twin.properties.compactMapValues(\.desired)
    let now = ContinuousClock.now
    return stored.withLock { stored in
      if let last = stored[key], last.desired == desired, now - last.at < Self.readingInterval { return false }
      stored[key] = (desired, now)
      return true
    }
  }

  private func save(_ change: TwinChange, _ key: ObjectKey) async {
    var backoff = Backoff(base: .milliseconds(100), cap: .seconds(10))
    // A mapper that is being ended because its device is gone hands over its last state; that must not outlive it.
    while cache.object(key)?.metadata.uid == change.twin.identity.uid {
      do throws(StoreError) {
        _ = try await store.put(snapshotKey(key), change.twin.snapshot.bytes)
        return
      } catch {
        logger.error("a twin could not be stored", metadata: ["device": "\(key.name)", "error": "\(error)"])
        guard error.code != .closed, !Task.isCancelled else { return }
        try? await Task.sleep(for: backoff.next(using: SystemEntropy()))
      }
    }
  }

  private func snapshot(_ key: ObjectKey) async -> TwinSnapshot? {
    guard let stored = try? await store.get(snapshotKey(key)) else { return nil }
    do {
      return try TwinSnapshot(bytes: stored.value)
    } catch {
      logger.error(
        "a stored twin cannot be read; it starts anew", metadata: ["device": "\(key.name)", "error": "\(error)"])
      return nil
    }
  }

  private func snapshotKey(_ key: ObjectKey) -> StoreKey {
    StoreKey("/twins/\(key.namespace ?? "default")/\(key.name)")
  }
}

/// Tasks of a group that can be ended one by one.
private final class TaskTable<Key: Hashable & Sendable>: Sendable {
  private let stops = Mutex<[Key: AsyncStream<Void>.Continuation]>([:])

  func start(_ key: Key, in group: inout DiscardingTaskGroup, _ body: @escaping @Sendable () async -> Void) {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    stops.withLock { $0[key] = continuation }
    group.addTask {
      await withTaskGroup(of: Void.self) { inner in
        inner.addTask { await body() }
        inner.addTask { for await _ in stream {} }
        await inner.next()
        inner.cancelAll()
      }
    }
  }

  func cancel(_ key: Key) { stops.withLock { $0.removeValue(forKey: key) }?.finish() }
}
#endif
