import EdgeJSON

/// Where the elements of a merged list go: those that a patch orders as it says, the rest where it was.
///
/// The rule (`normalizeElementOrder` upstream): the ordered elements and the others are each sorted, then the others are
/// put between the ordered ones, before the first that the live list has further behind. Deletions that a patch still
/// carries come last in each half.
struct ListOrder {
  /// One for each element of the list that is to be ordered.
  var identities: [PatchScalar]
  /// Marks the elements that are deletions; empty when there are none.
  var deletions: Set<Int> = []
  /// The order that is asked for.
  var wanted: PatchPlaces
  /// The order of the live list.
  var live: PatchPlaces

  func apply(to list: inout [JSONValue]) {
    let order = self.order()
    if zip(order, order.indices).allSatisfy({ $0 == $1 }) { return }
    list = order.map { list[$0] }
  }

  /// The places of the elements in their new order.
  private func order() -> [Int] {
    var ordered: [(place: Int, rank: Int?)] = []
    var others: [(place: Int, rank: Int?)] = []
    for (place, identity) in identities.enumerated() {
      if let rank = wanted[identity] {
        ordered.append((place, rank))
      } else {
        others.append((place, live[identity]))
      }
    }
    if others.isEmpty { return sorted(ordered) }
    return interleaved(sorted(others), sorted(ordered))
  }

  private func interleaved(_ others: [Int], _ ordered: [Int]) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(identities.count)
    var next = others[...]
    let liveRanks = others.isEmpty ? [] : ordered.map { live[identities[$0]] }
    for (place, rank) in zip(ordered, liveRanks) {
      while let other = next.first, let rank, let otherRank = live[identities[other]], otherRank < rank {
        result.append(other)
        next.removeFirst()
      }
      result.append(place)
    }
    result.append(contentsOf: next)
    return result
  }

  private func sorted(_ elements: [(place: Int, rank: Int?)]) -> [Int] {
    if deletions.isEmpty { return Self.sorted(elements) }
    return Self.sorted(elements.filter { !deletions.contains($0.place) })
      + elements.lazy.map(\.place).filter { deletions.contains($0) }
  }

  /// Elements without a rank come out as upstream's comparison lets them: it says "smaller" of each against anything,
  /// which moves it to the front as of when it is met. Only an empty `$setElementOrder` beside new elements leads there.
  private static func sorted(_ elements: [(place: Int, rank: Int?)]) -> [Int] {
    if elements.contains(where: { $0.rank == nil }) {
      if elements.count <= insertedCount { return inserted(elements) }
      let ranked = sorted(elements.filter { $0.rank != nil })
      return elements.reversed().filter { $0.rank == nil }.map(\.place) + ranked
    }
    let isSorted = zip(elements, elements.dropFirst()).allSatisfy { $0.rank ?? 0 <= $1.rank ?? 0 }
    if isSorted { return elements.map(\.place) }
    return elements.sorted { ($0.rank ?? 0, $0.place) < ($1.rank ?? 0, $1.place) }.map(\.place)
  }

  /// Up to this many elements Go's stable sort inserts one after the other.
  private static let insertedCount = 20

  private static func inserted(_ elements: [(place: Int, rank: Int?)]) -> [Int] {
    var result: [(place: Int, rank: Int?)] = []
    for element in elements {
      var place = result.count
      while place > 0 {
        if let rank = element.rank, let previous = result[place - 1].rank, rank >= previous { break }
        place -= 1
      }
      result.insert(element, at: place)
    }
    return result.map(\.place)
  }
}
