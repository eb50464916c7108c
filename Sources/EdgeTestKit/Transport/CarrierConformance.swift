import EdgeTransport

/// Two ends of one carrier under test.
public struct CarrierPair: Sendable {
  public let client: any FrameCarrier
  public let server: any FrameCarrier
  /// Breaks the link between them without a close.
  public let breakLink: @Sendable () async -> Void

  public init(
    client: any FrameCarrier, server: any FrameCarrier, breakLink: @escaping @Sendable () async -> Void
  ) {
    self.client = client
    self.server = server
    self.breakLink = breakLink
  }
}

/// The contract of a ``FrameCarrier`` as cases that any of them can run, each one sentence.
///
/// ```swift
/// @Test(arguments: CarrierConformance.cases)
/// func conforms(_ conformanceCase: CarrierConformanceCase) async throws {
///   try await conformanceCase.run { try await makeConnectedPair() }
/// }
/// ```
public struct CarrierConformance {
  public static let cases: [CarrierConformanceCase] = byteCases + endCases + sessionCases

  /// More than this in one direction without a reader is no bound. It leaves room for the buffers of two kernels.
  static let maximumBufferedBytes = 32 << 20
}

/// One sentence of the contract and its check.
public struct CarrierConformanceCase: Sendable, CustomStringConvertible {
  public typealias MakePair = @Sendable () async throws -> CarrierPair

  public let name: String
  private let body: @Sendable (@escaping MakePair) async throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (@escaping MakePair) async throws -> Void) {
    self.name = name
    self.body = body
  }

  public var description: String { name }

  /// - Parameters:
  ///   - limit: a case that takes longer has failed; a carrier that hangs must not hang its test.
  ///   - makePair: makes a connected pair, more than once where a case needs several.
  /// - Throws: ``ConformanceFailure``, or whatever the carrier throws where the contract has no error.
  public func run(within limit: Duration = .seconds(30), makePair: @escaping MakePair) async throws {
    let body = body
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await body(makePair)
        return true
      }
      group.addTask {
        try await Task.sleep(for: limit)
        return false
      }
      defer { group.cancelAll() }
      try expect(try await group.next() ?? false, "the case takes longer than \(limit)")
    }
  }
}

/// Bytes that show where they belong: a period that is no power of two and longer than most buffers.
func pattern(from offset: Int, count: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  var position = offset % patternPeriod.count
  while bytes.count < count {
    bytes += patternPeriod[position...].prefix(count - bytes.count)
    position = 0
  }
  return bytes
}

private let patternPeriod = (0..<40_009).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }

/// Receives until `count` bytes have come or the carrier has ended, and checks them against ``pattern(from:count:)``.
func receivePattern(_ count: Int, on carrier: any FrameCarrier) async throws {
  var received = 0
  while received < count {
    guard let piece = try await carrier.receive() else {
      throw ConformanceFailure("the carrier ended after \(received) of \(count) bytes")
    }
    try expect(!piece.isEmpty, "an empty piece")
    try expect(piece == pattern(from: received, count: piece.count), "wrong bytes from \(received) on")
    received += piece.count
  }
  try expectEqual(received, count, "the number of bytes")
}

/// Runs `body`, which must throw one of `codes`.
func expectEnd(
  _ codes: [TransportError.Code], file: String = #fileID, line: Int = #line,
  _ body: () async throws(TransportError) -> Void
) async throws {
  do {
    try await body()
  } catch {
    if codes.contains(error.code) { return }
    throw ConformanceFailure("\(error), expected one of \(codes)", file: file, line: line)
  }
  throw ConformanceFailure("no error, expected one of \(codes)", file: file, line: line)
}
