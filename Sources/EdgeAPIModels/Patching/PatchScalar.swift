import EdgeJSON

/// A scalar as merged lists compare it: what identifies an element.
///
/// Kubernetes compares decoded numbers, so `1.0` and `1.00` are the same and `1` (an integer) and `1.0` are not.
struct PatchScalar: Hashable {
  private let value: JSONValue

  /// nil for arrays and objects, which identify nothing.
  init?(_ value: JSONValue) {
    switch value {
    case .array, .object: return nil
    case .number(let number): self.value = number.doubleValue.flatMap(JSONNumber.init).map { .number($0) } ?? value
    default: self.value = value
    }
  }
}

/// The places of a list's elements by what identifies them; of equal ones the first.
struct PatchPlaces {
  private var scalars: [PatchScalar]
  /// Only for lists in which a search from front to back would be slower.
  private var places: [PatchScalar: Int] = [:]

  private static let searchedCount = 12

  init(_ scalars: [PatchScalar]) {
    self.scalars = scalars
    if scalars.count > Self.searchedCount { buildPlaces() }
  }

  subscript(_ scalar: PatchScalar) -> Int? {
    places.isEmpty ? scalars.firstIndex(of: scalar) : places[scalar]
  }

  /// Whether no two elements are equal.
  var areDistinct: Bool {
    if !places.isEmpty { return places.count == scalars.count }
    return scalars.indices.allSatisfy { self[scalars[$0]] == $0 }
  }

  mutating func append(_ scalar: PatchScalar) {
    scalars.append(scalar)
    if !places.isEmpty {
      if places[scalar] == nil { places[scalar] = scalars.count - 1 }
    } else if scalars.count > Self.searchedCount {
      buildPlaces()
    }
  }

  private mutating func buildPlaces() {
    places.reserveCapacity(scalars.count)
    for (place, scalar) in scalars.enumerated() where places[scalar] == nil { places[scalar] = place }
  }
}

/// The types that Go's decoder tells apart in a list.
enum PatchElementKind: Hashable {
  case bool, integer, float, string, object

  /// The common type of the elements of all lists.
  /// - Throws: `mixedList` when there is none, as when all lists are empty.
  init(of lists: [JSONValue]...) throws(PatchError) {
    var found: PatchElementKind?
    for list in lists {
      for element in list {
        let kind = Self(element)
        guard let kind, found == nil || found == kind else {
          throw PatchError(.mixedList, "the elements of a merged list are not all of one type, scalar or object")
        }
        found = kind
      }
    }
    guard let found else { throw PatchError(.mixedList, "an order or a change for a list without elements") }
    self = found
  }

  /// nil for what cannot be an element of a merged list.
  init?(_ value: JSONValue) {
    switch value {
    case .bool: self = .bool
    case .integer: self = .integer
    case .number: self = .float
    case .string: self = .string
    case .object: self = .object
    case .null, .array: return nil
    }
  }
}

extension JSONValue {
  /// Equality as Go's `reflect.DeepEqual` has it on decoded JSON: floating-point numbers count by value, and an integer
  /// never equals one.
  func isDeeplyEqual(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.number(let left), .number(let right)):
      return left == right || (left.doubleValue != nil && left.doubleValue == right.doubleValue)
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isDeeplyEqual(to: $1) }
    case (.object(let left), .object(let right)):
      guard left.count == right.count else { return false }
      for (key, value) in left {
        guard let counterpart = right[key], value.isDeeplyEqual(to: counterpart) else { return false }
      }
      return true
    default: return self == other
    }
  }
}
