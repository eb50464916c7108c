/// A parsed pattern as steps, and the machine that runs them.
///
/// The machine holds the set of steps it could be at (two of them, before and after each scalar). A step enters a set
/// once for each scalar, so that no pattern takes more than program size times text length.
struct PatternProgram {
  static let maximumSteps = 20_000

  private enum Step {
    case accept(ScalarClass)
    case assert(PatternAssertion)
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
    case match
  }

  private var steps: [Step] = []

  init(_ node: PatternNode) throws(PatternError) {
    try emit(node)
    steps.append(.match)
  }

  private mutating func append(_ step: Step) throws(PatternError) {
    if steps.count >= Self.maximumSteps {
      throw PatternError(code: .tooLarge, message: "expression too large", offset: 0)
    }
    steps.append(step)
  }

  private mutating func emit(_ node: PatternNode) throws(PatternError) {
    switch node {
    case .empty: break
    case .scalar(let members): try append(.accept(members))
    case .assertion(let assertion): try append(.assert(assertion))
    case .sequence(let nodes):
      for node in nodes { try emit(node) }
    case .alternatives(let branches):
      var ends: [Int] = []
      for branch in branches.dropLast() {
        let fork = steps.count
        try append(.split(fork + 1, 0))
        try emit(branch)
        ends.append(steps.count)
        try append(.jump(0))
        steps[fork] = .split(fork + 1, steps.count)
      }
      if let last = branches.last { try emit(last) }
      for end in ends { steps[end] = .jump(steps.count) }
    case .repetition(let body, let minimum, let maximum):
      try emit(body, minimum: minimum, maximum: maximum)
    }
  }

  private mutating func emit(_ body: PatternNode, minimum: Int, maximum: Int?) throws(PatternError) {
    // A body without steps may be repeated at no cost; without this check a nest of empty bodies would take exponential
    // time to emit.
    if case .empty = body { return }
    for _ in 0..<minimum { try emitOnce(body) }
    guard let maximum else {
      let fork = steps.count
      try append(.split(fork + 1, 0))
      try emitOnce(body)
      try append(.jump(fork))
      steps[fork] = .split(fork + 1, steps.count)
      return
    }
    var forks: [Int] = []
    for _ in minimum..<max(minimum, maximum) {
      forks.append(steps.count)
      try append(.split(0, 0))
      try emitOnce(body)
    }
    for fork in forks { steps[fork] = .split(fork + 1, steps.count) }
  }

  /// Emits a body, and at least one step for it: the limit of steps then bounds the time, too.
  private mutating func emitOnce(_ body: PatternNode) throws(PatternError) {
    let start = steps.count
    try emit(body)
    if steps.count == start { try append(.jump(start + 1)) }
  }

  func matches(_ text: String) -> Bool {
    var current = PlaceSet(capacity: steps.count)
    var following = PlaceSet(capacity: steps.count)
    var pending: [Int] = []
    var before: Unicode.Scalar?
    var scalars = text.unicodeScalars.makeIterator()
    while true {
      let after = scalars.next()
      // A match may begin at every place.
      if enter(0, &current, &pending, before: before, after: after) { return true }
      guard let after else { return false }
      let rest = peek(scalars)
      following.removeAll()
      for place in current.places {
        if case .accept(let members) = steps[place], members.contains(after) {
          if enter(place + 1, &following, &pending, before: after, after: rest) { return true }
        }
      }
      swap(&current, &following)
      before = after
    }
  }

  private func peek(_ iterator: String.UnicodeScalarView.Iterator) -> Unicode.Scalar? {
    var copy = iterator
    return copy.next()
  }

  /// Adds a place and everything that is reached from it without a scalar. Returns whether a match is reached.
  private func enter(
    _ place: Int, _ set: inout PlaceSet, _ pending: inout [Int], before: Unicode.Scalar?, after: Unicode.Scalar?
  ) -> Bool {
    pending.append(place)
    while let place = pending.popLast() {
      guard set.insert(place) else { continue }
      switch steps[place] {
      case .accept: break
      case .assert(let assertion): if assertion.holds(before: before, after: after) { pending.append(place + 1) }
      case .split(let first, let second):
        pending.append(second)
        pending.append(first)
      case .jump(let target): pending.append(target)
      case .match:
        pending.removeAll()
        return true
      }
    }
    return false
  }
}

/// A set of small numbers that is emptied in constant time.
private struct PlaceSet {
  private(set) var places: [Int] = []
  private var position: [Int]

  init(capacity: Int) { position = Array(repeating: 0, count: capacity) }

  mutating func insert(_ place: Int) -> Bool {
    let index = position[place]
    if index < places.count, places[index] == place { return false }
    position[place] = places.count
    places.append(place)
    return true
  }

  mutating func removeAll() { places.removeAll(keepingCapacity: true) }
}
