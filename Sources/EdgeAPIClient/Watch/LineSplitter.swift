#if Networking
/// Cuts a stream of chunks into lines; bounded, so that a server cannot fill memory with a line that never ends.
struct LineSplitter {
  /// The longest line in bytes; an object is at most 1.5 MiB in etcd.
  static let maximumLineBytes = 8 << 20

  private var buffer: [UInt8] = []
  private var start = 0
  /// What is known to hold no line feed, so that a long line is not searched again with each chunk.
  private var searched = 0

  /// Take all lines with ``next()`` before the next chunk: what is left over then is one unfinished line.
  /// - Throws: ``KubeClientError/Code/malformedResponse`` when that line is longer than the bound.
  mutating func append(_ chunk: [UInt8]) throws(KubeClientError) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      (start, searched) = (0, 0)
    } else if start > buffer.count / 2 {
      buffer.removeFirst(start)
      (start, searched) = (0, searched - start)
    }
    buffer.append(contentsOf: chunk)
    if buffer.count - start > Self.maximumLineBytes {
      throw KubeClientError(.malformedResponse, "a watch event is longer than \(Self.maximumLineBytes) bytes")
    }
  }

  /// The next whole line that is not empty, without its line feed.
  mutating func next() -> [UInt8]? {
    while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = buffer[start..<end]
      start = end + 1
      searched = start
      if !line.isEmpty { return Array(line) }
    }
    searched = buffer.count
    return nil
  }

  /// What has come and was not taken, for an answer that is no stream of lines.
  mutating func rest() -> [UInt8] {
    defer { self = LineSplitter() }
    return Array(buffer[start...])
  }
}
#endif
