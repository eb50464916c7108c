/// Runs a program over a long text and remembers, for each set of places and each ASCII scalar, which set comes next: a
/// deterministic automaton that is made as far as the text needs it.
///
/// It serves programs whose assertions look at the ends of the text only. The first set and the last step, where those may
/// hold, are worked out without it. What is remembered is bounded; when it is full, it is forgotten, and the automaton is
/// made anew: a hostile pattern then costs a constant factor more than without an automaton.
struct PatternAutomaton {
  static let maximumStates = 1000
  static let maximumPlaces = 1 << 20

  private enum Known {
    static let nothing: Int32 = -1
    static let match: Int32 = -2
  }

  private let program: PatternProgram
  private var set: PlaceSet
  /// The places of each state that accept a scalar.
  private var states: [[Int32]] = []
  private var numbers: [[Int32]: Int32] = [:]
  /// 128 for each state.
  private var transitions: [Int32] = []
  private var placeCount = 0

  init(_ program: PatternProgram) {
    self.program = program
    set = PlaceSet(capacity: program.steps.count)
  }

  mutating func matches(_ text: String) -> Bool {
    var scalars = text.unicodeScalars.makeIterator()
    guard var scalar = scalars.next() else { return program.enter(0, &set, before: nil, after: nil) }
    if program.enter(0, &set, before: nil, after: scalar) { return true }
    var state = number(of: accepting())
    while let next = scalars.next() {
      guard let following = step(state, scalar, before: next) else { return true }
      state = following
      scalar = next
    }
    // Behind the last scalar, `$` holds.
    return advance(states[Int(state)], by: scalar, after: nil)
  }

  /// The state behind a scalar; nil when a match ends there.
  private mutating func step(_ state: Int32, _ scalar: Unicode.Scalar, before next: Unicode.Scalar) -> Int32? {
    let slot = scalar.isASCII ? Int(state) * 128 + Int(scalar.value) : nil
    if let slot, transitions[slot] != Known.nothing {
      return transitions[slot] == Known.match ? nil : transitions[slot]
    }
    if advance(states[Int(state)], by: scalar, after: next) {
      if let slot { transitions[slot] = Known.match }
      return nil
    }
    let places = accepting()
    if numbers[places] == nil, states.count >= Self.maximumStates || placeCount > Self.maximumPlaces {
      forget()
      return number(of: places)
    }
    let following = number(of: places)
    if let slot { transitions[slot] = following }
    return following
  }

  /// Makes the set behind a scalar. Returns whether it has a match.
  private mutating func advance(_ places: [Int32], by scalar: Unicode.Scalar, after: Unicode.Scalar?) -> Bool {
    set.removeAll()
    // A match may begin at every place.
    if program.enter(0, &set, before: scalar, after: after) { return true }
    for place in places {
      if case .accept(let members) = program.steps[Int(place)], program.accepts(scalar, classAt: members),
        program.enter(Int(place) + 1, &set, before: scalar, after: after)
      {
        return true
      }
    }
    return false
  }

  /// The places of the set that accept a scalar, in one order for equal sets.
  private func accepting() -> [Int32] {
    var places: [Int32] = []
    for place in set.places {
      if case .accept = program.steps[place] { places.append(Int32(place)) }
    }
    places.sort()
    return places
  }

  private mutating func number(of places: [Int32]) -> Int32 {
    if let known = numbers[places] { return known }
    let number = Int32(states.count)
    states.append(places)
    numbers[places] = number
    placeCount += places.count
    transitions.append(contentsOf: repeatElement(Known.nothing, count: 128))
    return number
  }

  private mutating func forget() {
    states.removeAll()
    numbers.removeAll()
    transitions.removeAll()
    placeCount = 0
  }
}
