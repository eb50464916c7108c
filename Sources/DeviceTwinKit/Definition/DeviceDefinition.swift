import EdgeJSON

/// How one property of one device is reached and how often.
public struct PropertyDefinition: Hashable, Sendable {
  public var schema: PropertySchema
  /// The protocol's own address of the property (`visitors.configData`).
  public var visitor: JSONObject
  /// How often the device is read.
  public var collectCycle: Duration
  /// The shortest time between two reports of new readings.
  public var reportCycle: Duration
  public var desired: DesiredRequest?

  public var name: PropertyName { schema.name }

  public init(
    schema: PropertySchema, visitor: JSONObject, collectCycle: Duration = .seconds(1),
    reportCycle: Duration = .seconds(1), desired: DesiredRequest? = nil
  ) {
    self.schema = schema
    self.visitor = visitor
    self.collectCycle = collectCycle
    self.reportCycle = reportCycle
    self.desired = desired
  }
}

/// Everything a mapper has to know of a device: the join of a Device and its DeviceModel, without any status.
public struct DeviceDefinition: Hashable, Sendable {
  public var identity: DeviceIdentity
  /// The node that the device hangs on; nil while unassigned.
  public var nodeName: String?
  /// For instance `modbus`, in lower case.
  public var protocolName: String
  /// The protocol's own address of the device (`protocol.configData`).
  public var connection: JSONObject
  /// In the order of the Device object; names are unique.
  public var properties: [PropertyDefinition]

  public init(
    identity: DeviceIdentity, nodeName: String? = nil, protocolName: String, connection: JSONObject,
    properties: [PropertyDefinition]
  ) {
    self.identity = identity
    self.nodeName = nodeName
    self.protocolName = protocolName
    self.connection = connection
    self.properties = properties
  }

  public func property(_ name: PropertyName) -> PropertyDefinition? { properties.first { $0.name == name } }
}
