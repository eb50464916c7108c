import EdgeProtobuf

extension Etcd {
  /// One operation of a transaction.
  public indirect enum RequestOperation: ProtobufMessage {
    /// Nothing that this program knows.
    case unknown
    case range(RangeRequest)
    case put(PutRequest)
    case deleteRange(DeleteRangeRequest)
    case transaction(TransactionRequest)

    public init() { self = .unknown }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: self = .range(try cursor.readMessage(wire))
      case 2: self = .put(try cursor.readMessage(wire))
      case 3: self = .deleteRange(try cursor.readMessage(wire))
      case 4: self = .transaction(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      switch self {
      case .unknown: break
      case .range(let message): output.put(1, message)
      case .put(let message): output.put(2, message)
      case .deleteRange(let message): output.put(3, message)
      case .transaction(let message): output.put(4, message)
      }
    }
  }

  /// The result of one operation of a transaction.
  public indirect enum ResponseOperation: ProtobufMessage {
    /// Nothing that this program knows.
    case unknown
    case range(RangeResponse)
    case put(PutResponse)
    case deleteRange(DeleteRangeResponse)
    case transaction(TransactionResponse)

    public init() { self = .unknown }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: self = .range(try cursor.readMessage(wire))
      case 2: self = .put(try cursor.readMessage(wire))
      case 3: self = .deleteRange(try cursor.readMessage(wire))
      case 4: self = .transaction(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      switch self {
      case .unknown: break
      case .range(let message): output.put(1, message)
      case .put(let message): output.put(2, message)
      case .deleteRange(let message): output.put(3, message)
      case .transaction(let message): output.put(4, message)
      }
    }
  }

  /// Does one of two lists of operations, at one revision.
  public struct TransactionRequest: ProtobufMessage {
    /// All must hold.
    public var comparisons: [Comparison] = []
    /// Done if they do.
    public var success: [RequestOperation] = []
    /// Done if they do not.
    public var failure: [RequestOperation] = []

    public init() {}

    public init(comparisons: [Comparison] = [], success: [RequestOperation] = [], failure: [RequestOperation] = []) {
      self.comparisons = comparisons
      self.success = success
      self.failure = failure
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: comparisons.append(try cursor.readMessage(wire))
      case 2: success.append(try cursor.readMessage(wire))
      case 3: failure.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, comparisons)
      output.put(2, success)
      output.put(3, failure)
    }
  }

  /// What a transaction did.
  public struct TransactionResponse: ProtobufMessage {
    public var header: ResponseHeader?
    /// Whether all comparisons held.
    public var succeeded = false
    /// One for each operation that was done, in order.
    public var responses: [ResponseOperation] = []

    public init() {}

    public init(header: ResponseHeader? = nil, succeeded: Bool = false, responses: [ResponseOperation] = []) {
      self.header = header
      self.succeeded = succeeded
      self.responses = responses
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: succeeded = try cursor.readBool(wire)
      case 3: responses.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, succeeded)
      output.put(3, responses)
    }
  }
}
