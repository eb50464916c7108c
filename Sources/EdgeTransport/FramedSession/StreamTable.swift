extension FramedSessionMachine {
  /// The streams of a session by their ids.
  ///
  /// One frame or call asks for the same stream several times; the place of the last one is kept, so that only the first
  /// asking is hashed. Streams are used in place: a copy would make the next write copy their buffers.
  struct StreamTable: Sendable {
    private var places: [Stream?] = []
    private var free: [Int] = []
    private var index: [StreamID: Int] = [:]
    private var last: (id: StreamID, place: Int)?
    private let none: Stream? = nil

    var count: Int { index.count }
    var ids: Dictionary<StreamID, Int>.Keys { index.keys }
    var all: [Stream] { places.compactMap { $0 } }

    /// Whether the stream is here; asking about it again costs little.
    mutating func contains(_ id: StreamID) -> Bool {
      if last?.id == id { return true }
      guard let place = index[id] else { return false }
      last = (id, place)
      return true
    }

    private func place(of id: StreamID) -> Int? {
      if let last, last.id == id { return last.place }
      return index[id]
    }

    /// Nil for a stream that is not here. Setting nil or a new value has no effect: see ``insert(_:_:)`` and ``remove(_:)``.
    subscript(id: StreamID) -> Stream? {
      _read {
        if let place = place(of: id) {
          yield places[place]
        } else {
          yield none
        }
      }
      _modify {
        if let place = place(of: id) {
          yield &places[place]
        } else {
          var nothing: Stream?
          yield &nothing
        }
      }
    }

    mutating func insert(_ id: StreamID, _ stream: Stream) {
      let place = free.popLast() ?? places.count
      if place == places.count { places.append(stream) } else { places[place] = stream }
      index[id] = place
      last = (id, place)
    }

    mutating func remove(_ id: StreamID) {
      guard let place = index.removeValue(forKey: id) else { return }
      places[place] = nil
      free.append(place)
      last = nil
    }
  }
}
