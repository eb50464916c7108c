#if Networking
import EdgeProtobuf

/// The messages and methods of `grpc.health.v1`.
public enum Health {
  public static let service = "grpc.health.v1.Health"
  public static let check = ProtobufMethod<HealthCheckRequest, HealthCheckResponse>(service: service, name: "Check")
  public static let watch = ProtobufMethod<HealthCheckRequest, HealthCheckResponse>(service: service, name: "Watch")
}

/// Asks how a service is.
public struct HealthCheckRequest: ProtobufMessage {
  /// Empty asks for the server as a whole.
  public var service = ""

  public init() {}
  public init(service: String) { self.service = service }

  public mutating func readField(
    _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
  ) throws(ProtobufError) {
    switch number {
    case 1: service = try cursor.readString(wire)
    default: try cursor.skip(wire)
    }
  }

  public func writeFields(to output: inout some ProtobufOutput) { output.put(1, service) }
}

/// How a service is.
public struct HealthCheckResponse: ProtobufMessage {
  public struct Status: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let unknown = Status(rawValue: 0)
    public static let serving = Status(rawValue: 1)
    public static let notServing = Status(rawValue: 2)
    /// Only in answers to a watch.
    public static let serviceUnknown = Status(rawValue: 3)
  }

  public var status = Status.unknown

  public init() {}
  public init(_ status: Status) { self.status = status }

  public mutating func readField(
    _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
  ) throws(ProtobufError) {
    switch number {
    case 1: status = Status(rawValue: try cursor.readInt32(wire))
    default: try cursor.skip(wire)
    }
  }

  public func writeFields(to output: inout some ProtobufOutput) { output.put(1, status.rawValue) }
}
#endif
