#if Networking
import NIOHPACK

/// Why a call of a client did not succeed.
public struct GRPCCallError: Error, Sendable, CustomStringConvertible {
  /// What the caller may assume about the server having acted on the call.
  public enum Effect: Hashable, Sendable {
    /// No handler has seen the call; it may be sent again without a second effect.
    case none
    /// The server may have acted, or not.
    case unknown
    /// The server said itself how the call ended.
    case answered
  }

  public let status: GRPCStatus
  public let effect: Effect
  /// The server's metadata at the end of the call; empty if it said nothing.
  public let trailers: HPACKHeaders

  public init(status: GRPCStatus, effect: Effect, trailers: HPACKHeaders = [:]) {
    self.status = status
    self.effect = effect
    self.trailers = trailers
  }

  public var code: GRPCStatus.Code { status.code }
  public var message: String { status.message }
  public var description: String { "\(status)" }
}
#endif
