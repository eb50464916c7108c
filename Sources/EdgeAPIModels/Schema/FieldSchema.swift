/// One member of a type: its name in JSON, its number in protobuf, and how a strategic merge patch treats it.
public struct FieldSchema: Hashable, Sendable {
  /// Empty for a type that is inlined: its members are members of the outer object in JSON, and a message of their own in
  /// protobuf.
  public let name: String
  /// nil when protobuf does not have the field.
  public let number: Int?
  public let type: FieldType
  /// Whether Go leaves out the zero value.
  public let omitsEmpty: Bool
  /// Whether Go tells absence from the zero value.
  public let isPointer: Bool
  public let patchStrategy: PatchStrategy
  /// The member that tells the elements of a merged list apart; empty when they are scalars.
  public let mergeKey: String

  public var isInline: Bool { name.isEmpty }

  /// Go's protobuf code writes a field that is neither pointer, list nor map, whatever its value.
  var isAlwaysWritten: Bool {
    if isPointer { return false }
    switch type {
    case .list, .map, .bytes, .strings: return false
    default: return true
    }
  }
}

extension FieldSchema {
  /// Reads `6 ports? [ContainerPort] merge=containerPort`; nil for a line of another form.
  ///
  /// Cuts bytes, not characters: a program reads hundreds of lines before its first object.
  init?(line: Substring, package: String) {
    let words = line.utf8.split(separator: UInt8(ascii: " ")).map { Substring($0) }
    guard (3...4).contains(words.count), let type = FieldType.parse(words[2], in: package) else { return nil }
    if words[0] == "-" {
      number = nil
    } else {
      guard let number = Int(words[0]), (1..<(1 << 29)).contains(number) else { return nil }
      self.number = number
    }
    omitsEmpty = words[1].utf8.last == UInt8(ascii: "?")
    name = words[1] == "~" ? "" : String(Substring(omitsEmpty ? words[1].utf8.dropLast() : words[1].utf8[...]))
    (self.type, isPointer) = type
    var strategy: PatchStrategy = []
    var key = ""
    for part in words.count == 4 ? words[3].split(separator: ",") : [] {
      let pair = part.split(separator: "=", maxSplits: 1)
      switch pair[0] {
      case "merge": strategy.insert(.merge)
      case "replace": strategy.insert(.replace)
      case "retainKeys": strategy.insert(.retainKeys)
      default: return nil
      }
      if pair.count == 2 { key = String(pair[1]) }
    }
    patchStrategy = strategy
    mergeKey = key
  }
}
