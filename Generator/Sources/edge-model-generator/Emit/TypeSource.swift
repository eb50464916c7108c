import EdgeAPIModels

/// The Swift text of one type.
struct TypeSource {
  private let name: String
  private let kind: SchemaText.Kind?
  private let package: SchemaText.Package
  private let fields: [SwiftField]

  init(name: String, kind: SchemaText.Kind?, package: SchemaText.Package, model: TypedModel) throws {
    self.name = name
    self.kind = kind
    self.package = package
    var names: Set<String> = []
    fields = try model.members(of: "\(package.id).\(name)").map { member in
      guard names.insert(member.field.name).inserted else {
        throw GeneratorError("\(package.id).\(name) says \(member.field.name) twice")
      }
      let isMetadata = kind != nil && member.field.name == "metadata"
      return try SwiftField(member, model: model, isMetadataOfKind: isMetadata)
    }
  }

  var text: String {
    """
    extension \(package.namespace) {
      /// \(summary)
      public struct \(name): \(kind == nil ? "APIStruct" : metadataType) {
    \(fields.map { "    \($0.declaration)\n" }.joined())\
        public var unknownFields = UnknownFields()

        public init() {}
    \(memberwiseInit)
    \(kind == nil ? "" : kindMembers)\
        public static let fieldTable = FieldTable(\(table))

        public mutating func readField(_ index: Int, from reader: inout FieldReader) {
          \(reading)
        }

        public func writeFields(to writer: inout FieldWriter) {
    \(writing)\
        }
      }
    }

    """
  }

  private var summary: String {
    guard kind != nil else { return "`\(name)` of `\(package.id)`." }
    return "The kind `\(name)` of `\(package.apiVersion ?? package.id)`."
  }

  private var metadataType: String {
    guard let metadata = fields.first(where: { $0.member.field.name == "metadata" }) else { return "APIKind" }
    return metadata.type == "MetaV1.ObjectMeta" ? "APIObject" : metadata.type == "MetaV1.ListMeta" ? "APIList" : "APIKind"
  }

  private var kindMembers: String {
    """
        public static let apiVersion = "\(package.apiVersion ?? "")"
        public static let kind = "\(name)"


    """
  }

  private var memberwiseInit: String {
    if fields.isEmpty { return "" }
    return """

          public init(\(parameters)) {
      \(fields.map { "      self.\($0.identifier) = \($0.identifier)" }.joined(separator: "\n"))
          }

      """
  }

  private var parameters: String {
    let line = fields.map(\.parameter).joined(separator: ", ")
    if line.count < 90 { return line }
    return "\n" + fields.map { "      \($0.parameter)" }.joined(separator: ",\n") + "\n    "
  }

  private var table: String {
    if fields.isEmpty { return "\"\"" }
    let words = fields.map { field in
      let path = field.member.protobufPath.map { $0.map(String.init).joined(separator: ".") } ?? "-"
      return "\(field.member.field.name):\(path)"
    }
    var lines: [String] = [""]
    for word in words {
      if lines[lines.count - 1].count + word.count > 96 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    if lines.count == 1 { return "\"\(lines[0])\"" }
    return "\n      \"\"\"\n" + lines.map { "      \($0)" }.joined(separator: " \\\n") + "\n      \"\"\""
  }

  private var reading: String {
    if fields.isEmpty { return "reader.skip()" }
    var text = "switch index {\n"
    for (index, field) in fields.enumerated() {
      text += "      case \(index): \(field.readCall)\n"
    }
    return text + "      default: reader.skip()\n      }"
  }

  /// In the order of the protobuf numbers, as Go's code writes them; inlined types become messages around their fields.
  private var writing: String {
    let numbered = fields.filter { $0.member.protobufPath != nil }.sorted {
      ($0.member.protobufPath ?? []).lexicographicallyPrecedes($1.member.protobufPath ?? [])
    }
    var text = ""
    var open: [Int] = []
    for field in numbered {
      let outer = Array((field.member.protobufPath ?? []).dropLast())
      var common = 0
      while common < min(open.count, outer.count), open[common] == outer[common] { common += 1 }
      for _ in common..<open.count { text += "      writer.endInlined()\n" }
      for number in outer[common...] { text += "      writer.beginInlined(\(number))\n" }
      open = outer
      text += "      \(field.writeCall)\n"
    }
    for _ in open { text += "      writer.endInlined()\n" }
    for field in fields where field.member.protobufPath == nil { text += "      \(field.writeCall)\n" }
    return text
  }
}
