/// Speaks one device's protocol. A driver performs and decides nothing: cycles, retries, staleness and the life of
/// desired values belong to ``DeviceTwin`` and ``DeviceMapper``.
///
/// Contract: calls come one at a time; each returns within a deadline of the driver's own, and early (with any error)
/// when its task is cancelled. After ``close()`` the driver is not used again; each connection gets a new one.
public protocol DeviceDriver: Sendable {
  func connect() async throws(DriverError)
  /// Reads the properties in as few requests as the protocol allows. A property that cannot be had is a
  /// ``Reading/bad(reason:)`` in the answer; only what concerns the whole device is thrown.
  func read(_ properties: [PropertyName]) async throws(DriverError) -> [PropertyName: Reading]
  /// Writes one value and returns what the device holds afterwards, read back from it. An echo of the request is not
  /// an answer: devices clamp silently.
  func write(_ property: PropertyName, _ value: PropertyValue) async throws(DriverError) -> PropertyValue
  func close() async
}

/// Why a driver could not do what it was asked.
public struct DriverError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    public let name: String
    private init(_ name: String) { self.name = name }

    /// No connection, or it broke. A write may have taken effect.
    public static let linkLost = Code("linkLost")
    /// No answer in time on a standing link. A write may have taken effect.
    public static let timeout = Code("timeout")
    /// The device is there but cannot do it now. A write has not taken effect.
    public static let busy = Code("busy")
    /// The device, or the driver on its behalf, says no. Trying again is useless; nothing has taken effect.
    public static let refused = Code("refused")
  }

  public var code: Code
  public var message: String
  public var cause: (any Error)?

  public init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var isRetryable: Bool { code != .refused }
  public var description: String { "\(code.name): \(message)" }
}
