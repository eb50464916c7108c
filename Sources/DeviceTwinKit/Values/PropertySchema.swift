import EdgePrimitives

/// The type of a property, in the words of the DeviceModel resource (v1beta1).
public enum PropertyType: String, Hashable, Sendable, CaseIterable {
  case int = "INT"
  case float = "FLOAT"
  case double = "DOUBLE"
  case string = "STRING"
  case boolean = "BOOLEAN"
  case bytes = "BYTES"
}

/// Who may write a property.
public enum PropertyAccess: String, Hashable, Sendable {
  case readOnly = "ReadOnly"
  case readWrite = "ReadWrite"
}

/// What a device model says about one property.
public struct PropertySchema: Hashable, Sendable {
  public var name: PropertyName
  public var type: PropertyType
  public var access: PropertyAccess
  /// Bounds of what may be desired, both inclusive; only numeric types have them.
  public var minimum: PropertyValue?
  public var maximum: PropertyValue?
  public var unit: String?
  /// The smallest step that the device can represent (for instance the scale of its register); 0 when unknown.
  public var resolution: Double

  public init(
    name: PropertyName, type: PropertyType, access: PropertyAccess, minimum: PropertyValue? = nil,
    maximum: PropertyValue? = nil, unit: String? = nil, resolution: Double = 0
  ) {
    self.name = name
    self.type = type
    self.access = access
    self.minimum = minimum
    self.maximum = maximum
    self.unit = unit
    self.resolution = resolution
  }

  /// The answer of ``validate(_:)``: a refusal is an expected answer, not an error.
  public enum Validation: Hashable, Sendable {
    case valid(PropertyValue)
    case refused(reason: String)
  }

  /// Reads the text form of a desired value and checks it against type and bounds. Access is not checked here.
  public func validate(_ text: String) -> Validation {
    guard let value = type.parse(text) else {
      let shown = text.count > 40 ? text.prefix(40) + "..." : text[...]
      return .refused(reason: "\"\(shown)\" is not of type \(type.rawValue)")
    }
    if let minimum, Self.isLess(value, minimum) {
      return .refused(reason: "\(value.text) is below the minimum \(minimum.text)")
    }
    if let maximum, Self.isLess(maximum, value) {
      return .refused(reason: "\(value.text) is above the maximum \(maximum.text)")
    }
    return .valid(value)
  }

  // Integers are compared as integers: binary64 cannot tell large neighbours apart.
  private static func isLess(_ left: PropertyValue, _ right: PropertyValue) -> Bool {
    if case (.int(let left), .int(let right)) = (left, right) { return left < right }
    guard let left = left.number, let right = right.number else { return false }
    return left < right
  }
}

extension PropertyType {
  /// The typed value of a text, or nil when the text is not of this type. Numbers are plain decimals: hexadecimal,
  /// `nan` and `inf`, which Swift's own parser accepts, have no place in a Kubernetes object.
  public func parse(_ text: String) -> PropertyValue? {
    switch self {
    case .int: return Int64(text).map(PropertyValue.int)
    case .float, .double:
      guard !text.isEmpty, text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }), let value = Double(text),
        value.isFinite, self == .double || Float(value).isFinite
      else { return nil }
      return .double(value)
    case .string: return .string(text)
    case .boolean:
      switch text {
      case "true": return .bool(true)
      case "false": return .bool(false)
      default: return nil
      }
    case .bytes: return Base64.decode(text).map(PropertyValue.bytes)
    }
  }
}
