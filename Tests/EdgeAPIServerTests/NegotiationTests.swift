import EdgeAPIModels
import Testing

@testable import EdgeAPIServer

@Suite("Negotiation of an answer's form")
struct NegotiationTests {
  private static let table = "application/json;as=Table;v=v1;g=meta.k8s.io"
  private static let protobuf = "application/vnd.kubernetes.protobuf"

  @Test(
    "the alternative that the client likes best and the server has is taken",
    arguments: [
      ("", AnswerForm.json), ("  ", .json), ("*/*", .json), ("application/*", .json), ("APPLICATION/JSON", .json),
      ("application/json; charset=utf-8", .json), ("application/json;stream=watch", .json),
      (table, AnswerForm(encoding: .json, content: .table)),
      // What kubectl sends.
      (
        "\(table),application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
        AnswerForm(encoding: .json, content: .table)
      ),
      ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", .json),
      ("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io, application/json", .json),
      (protobuf, AnswerForm(encoding: .protobuf, content: .objects)),
      ("\(protobuf),application/json", AnswerForm(encoding: .protobuf, content: .objects)),
      ("application/json;q=0.5, \(protobuf) ; q=0.9", AnswerForm(encoding: .protobuf, content: .objects)),
      ("*/*, \(protobuf)", AnswerForm(encoding: .protobuf, content: .objects)),
      ("text/html, application/xhtml+xml, */*;q=0.8", .json), ("nonsense, /, application/json", .json),
      ("\(protobuf);as=Table;v=v1;g=meta.k8s.io,\(table)", AnswerForm(encoding: .json, content: .table)),
    ])
  func accepted(header: String, form: AnswerForm) throws {
    #expect(try AnswerForm.accepted(header, hasProtobuf: true) == form)
  }

  @Test(
    "what cannot be had is not acceptable",
    arguments: [
      "text/html", "application/json;q=0", "application/yaml", "application/json;as=Table;v=v2;g=meta.k8s.io",
      "application/json;as=Table", protobuf + ";as=Table;v=v1;g=meta.k8s.io", "json", ",",
    ])
  func notAcceptable(header: String) {
    #expect { try AnswerForm.accepted(header, hasProtobuf: true) } throws: {
      ($0 as? APIError)?.code == .notAcceptable
    }
  }

  @Test("a kind without protobuf numbers is answered in JSON or not at all")
  func customKind() throws {
    #expect(try AnswerForm.accepted("\(Self.protobuf), application/json", hasProtobuf: false) == .json)
    #expect(throws: APIError.self) { try AnswerForm.accepted(Self.protobuf, hasProtobuf: false) }
  }
}
