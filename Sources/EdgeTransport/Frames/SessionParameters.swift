/// What one end tells the other about itself in its greeting: its limits, as in RFC 9000, section 18.2, and how long it keeps
/// a session without a connection.
///
/// On the wire each is an id, a length and a value, so that an end passes over what it does not know.
public struct SessionParameters: Hashable, Sendable {
  /// The longest frame this end reads (0x03; QUIC's longest packet).
  public var maximumFrameBytes: UInt64 = 65_527
  /// What the peer may send on all streams before it is told more (0x04).
  public var initialMaxData: UInt64 = 0
  /// What it may send on a stream this end opened (0x05), that it opened itself (0x06), and on a one-way one (0x07).
  public var initialMaxStreamDataLocal: UInt64 = 0
  public var initialMaxStreamDataRemote: UInt64 = 0
  public var initialMaxStreamDataUnidirectional: UInt64 = 0
  /// How many streams it may open (0x08, 0x09).
  public var initialMaxStreamsBidirectional: UInt64 = 0
  public var initialMaxStreamsUnidirectional: UInt64 = 0
  /// The longest DATAGRAM frame this end reads (0x20, RFC 9221); 0: none.
  public var maximumDatagramFrameBytes: UInt64 = 0
  /// How long this end keeps the session without a connection (ours, in milliseconds).
  public var detachedLifetimeMilliseconds: UInt64 = 0
  /// The dictionaries with which this end compresses and decompresses (ours), by preference, each by its Adler-32; 1, that of
  /// no bytes, is no dictionary. Empty: it does neither. What one end sends is made with the first of its own that the other
  /// end has too.
  public var compressionDictionaries: [UInt32] = []

  public init() {}

  private enum ID {
    static let detachedLifetime = FrameType.ours
    static let compressionDictionaries = FrameType.ours + 1
  }

  private static let fields: [(id: UInt64, path: any WritableKeyPath<SessionParameters, UInt64> & Sendable)] = [
    (0x03, \.maximumFrameBytes), (0x04, \.initialMaxData), (0x05, \.initialMaxStreamDataLocal),
    (0x06, \.initialMaxStreamDataRemote), (0x07, \.initialMaxStreamDataUnidirectional),
    (0x08, \.initialMaxStreamsBidirectional), (0x09, \.initialMaxStreamsUnidirectional),
    (0x20, \.maximumDatagramFrameBytes), (ID.detachedLifetime, \.detachedLifetimeMilliseconds),
  ]

  /// The least that ``maximumFrameBytes`` may be, as in RFC 9000.
  static let leastMaximumFrameBytes: UInt64 = 1200
  /// More parameters than this are refused; it bounds the search for those that come twice.
  static let maximumCount = 64
  static let maximumStreams: UInt64 = 1 << 60
  /// As many dictionaries are looked at; an end that knows more names the newest.
  static let maximumDictionaries = 8

  func append(to bytes: inout [UInt8]) {
    for (id, path) in Self.fields {
      Varint.append(id, to: &bytes)
      Varint.append(UInt64(Varint.length(of: self[keyPath: path])), to: &bytes)
      Varint.append(self[keyPath: path], to: &bytes)
    }
    // An end that does not compress says what it said before there was compression.
    let dictionaries = compressionDictionaries.prefix(Self.maximumDictionaries)
    guard !dictionaries.isEmpty else { return }
    Varint.append(ID.compressionDictionaries, to: &bytes)
    Varint.append(UInt64(dictionaries.reduce(0) { $0 + Varint.length(of: UInt64($1)) }), to: &bytes)
    for id in dictionaries { Varint.append(UInt64(id), to: &bytes) }
  }

  /// Reads parameters up to the end of `bytes`.
  init(decoding bytes: RawSpan, in frameType: UInt64) throws(FramingError) {
    func malformed(_ message: String) -> FramingError {
      FramingError(.transportParameterError, in: frameType, message)
    }
    var position = 0
    var seen: Set<UInt64> = []
    while position < bytes.byteCount {
      guard let id = Varint.decode(bytes, at: &position), let length = Varint.decode(bytes, at: &position),
        length <= UInt64(bytes.byteCount - position)
      else { throw malformed("the parameters end within one") }
      guard seen.insert(id).inserted else { throw malformed("parameter \(id) comes twice") }
      guard seen.count <= Self.maximumCount else { throw malformed("more than \(Self.maximumCount) parameters") }
      let end = position + Int(length)
      if let path = Self.fields.first(where: { $0.id == id })?.path {
        guard let value = Varint.decode(bytes, at: &position), position == end else {
          throw malformed("parameter \(id) is no integer of its length")
        }
        self[keyPath: path] = value
      } else if id == ID.compressionDictionaries {
        while position < end {
          guard let value = Varint.decode(bytes, at: &position), position <= end else {
            throw malformed("parameter \(id) is no list of integers")
          }
          // Another form of name than an Adler-32 is a later version's.
          if compressionDictionaries.count < Self.maximumDictionaries, let name = UInt32(exactly: value) {
            compressionDictionaries.append(name)
          }
        }
      }
      position = end
    }
    guard maximumFrameBytes >= Self.leastMaximumFrameBytes else {
      throw malformed("frames of \(Self.leastMaximumFrameBytes) bytes must be read")
    }
    guard max(initialMaxStreamsBidirectional, initialMaxStreamsUnidirectional) <= Self.maximumStreams else {
      throw malformed("more than 2^60 streams")
    }
  }
}
