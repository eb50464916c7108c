#if SQLite
import EdgeStore

/// Why a kine database could not be taken over or made. Nothing was left half done: there is no new file.
public struct KineError: Error, Sendable, CustomStringConvertible {
  public let code: Code
  public let message: String
  public let cause: (any Error)?

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// An extensible code: match the ones you handle.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A file is missing, may not be read or written, or one is there already.
    public static let cannotOpen = Code(rawValue: "cannotOpen")
    /// A running K3s or kine has the database open, or a store the other one. Stop it first.
    public static let locked = Code(rawValue: "locked")
    /// A sound SQLite database without kine's table, or a store of another version.
    public static let incompatible = Code(rawValue: "incompatible")
    /// SQLite, or a row's checksum, says that the file is damaged.
    public static let damaged = Code(rawValue: "damaged")
    /// A row holds what kine never writes; the message names it.
    public static let invalidRow = Code(rawValue: "invalidRow")
    /// Revisions that should be there are missing, or rows contradict each other (see ``KineImport/Policy``).
    public static let brokenHistory = Code(rawValue: "brokenHistory")
    /// A value is longer than any client of kine could have written.
    public static let valueTooLarge = Code(rawValue: "valueTooLarge")
    /// The disk is full.
    public static let noSpace = Code(rawValue: "noSpace")
    /// The disk failed.
    public static let io = Code(rawValue: "io")
  }

  public var description: String {
    cause.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
  }
}

extension KineError {
  init(_ error: StoreError, at path: String) {
    let code: Code =
      switch error.code {
      case .locked: .locked
      case .damaged: .damaged
      case .incompatible: .incompatible
      case .noSpace: .noSpace
      case .cannotOpen: .cannotOpen
      case .requestTooLarge: .valueTooLarge
      default: .io
      }
    self.init(code, error.message.hasPrefix(path) ? error.message : "\(path): \(error.message)", cause: error.cause)
  }
}

/// Gives the errors of one database their place.
func inDatabase<Output>(
  _ path: String, _ body: () throws(StoreError) -> Output
) throws(KineError) -> Output {
  do { return try body() } catch { throw KineError(error, at: path) }
}
#endif
