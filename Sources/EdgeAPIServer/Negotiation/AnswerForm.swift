import EdgeAPIModels

/// The form a client wants objects in.
///
/// Source: `k8s.io/apiserver/pkg/endpoints/handlers/negotiation`.
struct AnswerForm: Hashable, Sendable {
  enum Content: Hashable, Sendable {
    case objects
    /// `as=Table`: one row an object, for people to read.
    case table
  }

  var encoding: WatchFrame.Encoding
  var content: Content

  static let json = AnswerForm(encoding: .json, content: .objects)

  /// The first alternative of an `Accept` header that can be had; no header asks for JSON.
  ///
  /// - Parameter hasProtobuf: whether the kind has protobuf numbers. A table is only to be had in JSON.
  /// - Throws: ``APIError/Code/notAcceptable``.
  static func accepted(_ header: String, hasProtobuf: Bool) throws(APIError) -> AnswerForm {
    if header.allSatisfy(\.isWhitespace) { return .json }
    let encodings: [WatchFrame.Encoding] = hasProtobuf ? [.json, .protobuf] : [.json]
    for range in MediaRange.alternatives(header) {
      for encoding in encodings where range.covers(encoding.mediaType) {
        if let content = content(range, encoding) { return AnswerForm(encoding: encoding, content: content) }
      }
    }
    throw APIError(
      .notAcceptable,
      "only the following media types are accepted: " + encodings.map(\.mediaType).joined(separator: ", "))
  }

  /// nil for a form that is not to be had. Parameters other than these do not matter.
  private static func content(_ range: MediaRange, _ encoding: WatchFrame.Encoding) -> Content? {
    switch (range.parameters["as"], range.parameters["g"], range.parameters["v"]) {
    case (nil, _, _): .objects
    case ("Table", "meta.k8s.io", "v1") where encoding == .json: .table
    default: nil
    }
  }
}
