/// A parsed pattern as steps, and the machine that runs them.
///
/// The machine holds the set of steps it could be at (two of them, before and after each scalar). A step enters a set
/// once for each scalar, so that no pattern takes more than program size times text length. Long texts are run by a
/// ``PatternAutomaton``, which remembers what it found out about the sets.
struct PatternProgram {
  static let maximumSteps = 20_000
  /// Bytes from which on remembering pays.
  static let automatonThreshold = 2048

  /// Refers to its class by place, so that running a step copies nothing that is counted.
  enum Step {
    case accept(Int)
    case assert(PatternAssertion)
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
    case match
  }

  /// A class and its answers for ASCII, where nearly all texts are.
  private struct FastClass {
    let members: ScalarClass
    let low: UInt64
    let high: UInt64

    init(_ members: ScalarClass) {
      self.members = members
      (low, high) = members.asciiMembers
    }
  }

  private(set) var steps: [Step] = []
  private var classes: [FastClass] = []
  /// Whether a place's assertions hold only at the ends of the text, so that all places between are alike.
  private(set) var looksAtEndsOnly = true

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
    case .scalar(let members):
      try append(.accept(classes.count))
      classes.append(FastClass(members))
    case .assertion(let assertion):
      if assertion != .textStart, assertion != .textEnd { looksAtEndsOnly = false }
      try append(.assert(assertion))
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

  /// Whether the class behind an `accept` step has a scalar.
  func accepts(_ scalar: Unicode.Scalar, classAt place: Int) -> Bool {
    let value = scalar.value
    if value < 64 { return classes[place].low >> UInt64(value) & 1 == 1 }
    if value < 128 { return classes[place].high >> UInt64(value - 64) & 1 == 1 }
    return classes[place].members.contains(scalar)
  }

  func matches(_ text: String, automatonFrom threshold: Int = automatonThreshold) -> Bool {
    if looksAtEndsOnly, text.utf8.count >= threshold {
      var automaton = PatternAutomaton(self)
      return automaton.matches(text)
    }
    var current = PlaceSet(capacity: steps.count)
    var following = PlaceSet(capacity: steps.count)
    var before: Unicode.Scalar?
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    while true {
      // A match may begin at every place.
      if enter(0, &current, before: before, after: next) { return true }
      guard let scalar = next else { return false }
      next = scalars.next()
      following.removeAll()
      for place in current.places {
        if case .accept(let members) = steps[place], accepts(scalar, classAt: members) {
          if enter(place + 1, &following, before: scalar, after: next) { return true }
        }
      }
      swap(&current, &following)
      before = scalar
    }
  }

  /// Adds a place and everything that is reached from it without a scalar. Returns whether a match is reached.
  func enter(_ place: Int, _ set: inout PlaceSet, before: Unicode.Scalar?, after: Unicode.Scalar?) -> Bool {
    set.pending.append(place)
    while let place = set.pending.popLast() {
      guard set.insert(place) else { continue }
      switch steps[place] {
      case .accept: break
      case .assert(let assertion): if assertion.holds(before: before, after: after) { set.pending.append(place + 1) }
      case .split(let first, let second):
        set.pending.append(second)
        set.pending.append(first)
      case .jump(let target): set.pending.append(target)
      case .match:
        set.pending.removeAll(keepingCapacity: true)
        return true
      }
    }
    return false
  }
}

/// A set of small numbers that is emptied in constant time.
struct PlaceSet {
  private(set) var places: [Int] = []
  /// Places that are still to be entered.
  var pending: [Int] = []
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
