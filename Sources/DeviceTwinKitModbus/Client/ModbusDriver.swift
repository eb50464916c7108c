#if Networking
import DeviceTwinKit
import NIOCore
import NIOPosix
import Synchronization

/// Drives one Modbus TCP device for a ``DeviceMapper``: joined reads that learn the device's holes and limits, writes
/// that are read back.
public final class ModbusDriver: DeviceDriver {
  private struct State {
    var client: ModbusTCPClient?
    var planner: ReadPlanner
  }

  private let connection: ModbusConnection
  private let visitors: [PropertyName: ModbusVisitor]
  private let group: any EventLoopGroup
  // The mapper calls one operation at a time; the lock is for the compiler and for `close` beside a hanging call.
  private let state: Mutex<State>

  /// - Throws: ``DefinitionError`` that names the field when the device or a property is not addressed properly.
  public init(
    definition: DeviceDefinition, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) throws(DefinitionError) {
    guard definition.protocolName == "modbus" else {
      throw DefinitionError(
        code: .unsupported, field: "spec.protocol.protocolName",
        message: "\"\(definition.protocolName)\" is not modbus")
    }
    connection = try ModbusConnection(configData: definition.connection)
    var visitors: [PropertyName: ModbusVisitor] = [:]
    for (index, property) in definition.properties.enumerated() {
      visitors[property.name] = try ModbusVisitor(
        configData: property.visitor, type: property.schema.type,
        path: "spec.properties[\(index)].visitors.configData")
    }
    self.visitors = visitors
    self.group = group
    state = Mutex(State(planner: ReadPlanner(limits: connection.limits)))
  }

  public func connect() async throws(DriverError) {
    var configuration = ModbusTCPClient.Configuration()
    configuration.requestTimeout = connection.requestTimeout
    do {
      let client = try await ModbusTCPClient.connect(
        host: connection.host, port: connection.port, configuration: configuration, group: group)
      state.withLock { $0.client = client }
    } catch {
      throw DriverError(code: .linkLost, message: error.message, cause: error)
    }
  }

  public func read(_ properties: [PropertyName]) async throws(DriverError) -> [PropertyName: Reading] {
    let client = try connectedClient()
    var readings: [PropertyName: Reading] = [:]
    var names: [RegisterSpan: [PropertyName]] = [:]
    for name in properties {
      if let visitor = visitors[name] { names[visitor.span, default: []].append(name) }
    }
    var reads = state.withLock { $0.planner.plan(names.keys) }[...]
    while let read = reads.popFirst() {
      do throws(ModbusError) {
        let request = ModbusRequest.read(
          read.span.table, address: UInt16(read.span.address), count: read.span.count)
        let response = try await client.send(request, unit: connection.unit)
        for value in read.values {
          for name in names[value] ?? [] { readings[name] = reading(of: name, at: value, in: read.span, response) }
        }
      } catch {
        guard let exception = error.exception else { throw Self.driverError(error) }
        guard exception == .illegalDataAddress || exception == .illegalDataValue else {
          if !exception.isPermanent { throw Self.driverError(error) }
          for name in read.values.flatMap({ names[$0] ?? [] }) {
            readings[name] = .bad(reason: exception.description)
          }
          continue
        }
        let replacements = state.withLock { $0.planner.refused(read) }
        if replacements.isEmpty {
          for name in read.values.flatMap({ names[$0] ?? [] }) {
            readings[name] = .bad(reason: exception.description)
          }
        }
        reads = replacements + reads
      }
    }
    return readings
  }

  public func write(_ property: PropertyName, _ value: PropertyValue) async throws(DriverError) -> PropertyValue {
    let client = try connectedClient()
    guard let visitor = visitors[property] else {
      throw DriverError(code: .refused, message: "the device has no property \(property)")
    }
    let request = try visitor.request(writing: value).get()
    do {
      _ = try await client.send(request, unit: connection.unit)
    } catch {
      throw Self.driverError(error)
    }
    let readings = try await read([property])
    switch readings[property] {
    case .value(let actual): return actual
    case .bad(let reason):
      throw DriverError(code: .timeout, message: "written, but it could not be read back: \(reason)")
    case nil: throw DriverError(code: .timeout, message: "written, but it could not be read back")
    }
  }

  public func close() async {
    let client = state.withLock { state -> ModbusTCPClient? in
      defer { state.client = nil }
      return state.client
    }
    await client?.close()
  }

  private func connectedClient() throws(DriverError) -> ModbusTCPClient {
    guard let client = state.withLock({ $0.client }), client.isOpen else {
      throw DriverError(code: .linkLost, message: "there is no connection to \(connection.host):\(connection.port)")
    }
    return client
  }

  private func reading(
    of name: PropertyName, at value: RegisterSpan, in span: RegisterSpan, _ response: ModbusResponse
  ) -> Reading? {
    guard let visitor = visitors[name] else { return nil }
    let start = value.address - span.address
    switch response {
    case .bits(let bits): return visitor.reading(of: bits[start])
    case .registers(let registers): return visitor.reading(of: Array(registers[start..<(start + value.count)]))
    case .written: return nil
    }
  }

  private static func driverError(_ error: ModbusError) -> DriverError {
    let code: DriverError.Code =
      switch error.code {
      case .exception: error.exception?.isPermanent == true ? .refused : .busy
      case .timeout, .malformed: .timeout
      case .invalidRequest: .refused
      case .overloaded: .busy
      default: .linkLost
      }
    return DriverError(code: code, message: error.message, cause: error)
  }
}
#endif
