#if YAML
import EdgeJSON

extension KubernetesYAML {
  /// Writes a value in block style, as kubectl prints objects: two spaces a level, lists as far left as their key, texts
  /// of several lines as blocks. Members keep their order. The text ends with a line feed and reads back as the same value.
  public static func encode(_ value: JSONValue) -> String {
    var writer = YAMLWriter()
    writer.writeRoot(value)
    return writer.text
  }
}

private struct YAMLWriter {
  private(set) var text = ""

  mutating func writeRoot(_ value: JSONValue) {
    switch value {
    case .object(let object) where !object.isEmpty: members(of: object, indentation: 0, isInline: false)
    case .array(let elements) where !elements.isEmpty: list(elements, indentation: 0, isInline: false)
    default: scalar(value, indentation: 0)
    }
  }

  /// - Parameter isInline: the first member stands behind a dash on the same line.
  private mutating func members(of object: JSONObject, indentation: Int, isInline: Bool) {
    var isInline = isInline
    for (key, value) in object {
      if !isInline { indent(indentation) }
      isInline = false
      text += (YAMLScalar.isPlain(key) && key != "<<" ? key : Self.quoted(key)) + ":"
      switch value {
      case .object(let members) where !members.isEmpty:
        text += "\n"
        self.members(of: members, indentation: indentation + 2, isInline: false)
      case .array(let elements) where !elements.isEmpty:
        text += "\n"
        list(elements, indentation: indentation, isInline: false)
      default:
        text += " "
        scalar(value, indentation: indentation + 2)
      }
    }
  }

  private mutating func list(_ elements: [JSONValue], indentation: Int, isInline: Bool) {
    var isInline = isInline
    for element in elements {
      if !isInline { indent(indentation) }
      isInline = false
      text += "- "
      switch element {
      case .object(let members) where !members.isEmpty:
        self.members(of: members, indentation: indentation + 2, isInline: true)
      case .array(let elements) where !elements.isEmpty: list(elements, indentation: indentation + 2, isInline: true)
      default: scalar(element, indentation: indentation + 2)
      }
    }
  }

  private mutating func indent(_ count: Int) { text += String(repeating: " ", count: count) }

  private mutating func scalar(_ value: JSONValue, indentation: Int) {
    switch value {
    case .string(let string):
      if Self.canBeBlock(string) {
        block(string, indentation: indentation)
      } else {
        text += (YAMLScalar.isPlain(string) ? string : Self.quoted(string)) + "\n"
      }
    case .array: text += "[]\n"
    case .object: text += "{}\n"
    default: text += value.text + "\n"
    }
  }

  /// Several lines of printable text whose first line is not indented, so that the reader finds the indentation.
  private static func canBeBlock(_ string: String) -> Bool {
    let scalars = string.unicodeScalars
    guard let first = scalars.first, first != " ", first != "\n", first != "\t", scalars.contains("\n") else {
      return false
    }
    return scalars.allSatisfy { YAMLScalar.isPrintable($0) || $0 == "\t" }
  }

  private mutating func block(_ string: String, indentation: Int) {
    let trailing = string.utf8.reversed().prefix { $0 == 0x0A }.count
    text += trailing == 0 ? "|-\n" : trailing == 1 ? "|\n" : "|+\n"
    let body = trailing == 0 ? string[...] : string.dropLast(1)
    for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
      if !line.isEmpty { indent(max(indentation, 2)) }
      text += line + "\n"
    }
  }

  private static func quoted(_ string: String) -> String {
    var quoted = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      default: quoted += YAMLScalar.isPrintable(scalar) ? String(scalar) : escape(scalar)
      }
    }
    return quoted + "\""
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    func padded(_ width: Int) -> String { String(repeating: "0", count: width - digits.count) + digits }
    return scalar.value < 0x100 ? "\\x" + padded(2) : scalar.value < 0x10000 ? "\\u" + padded(4) : "\\U" + padded(8)
  }
}
#endif
