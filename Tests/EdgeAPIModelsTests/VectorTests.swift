import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Answers of the Kubernetes libraries, case by case.
@Suite("Vectors")
struct VectorTests {
  @Test("merge patches are applied as RFC 7386 and the API server do")
  func mergePatch() throws {
    let summary = try VectorRunner("json-merge-patch").run { vector in
      let result = JSONMergePatch.apply(vector["patch"], to: vector["doc"])
      if let expected = vector.content["expected"] {
        try vector.expect(result, equals: expected)
      } else if vector["evanphxError"].isNull, vector["doc"].objectValue != nil, vector["patch"].objectValue != nil {
        try vector.expect(result, equals: vector["evanphxResult"])
      } else {
        // The oracle answers otherwise than the RFC when document or patch is no object.
        throw VectorSkip()
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed > 100)
  }

  @Test("a created merge patch leads from the original to the modified object")
  func createMergePatch() throws {
    let summary = try VectorRunner("json-merge-patch-create").run { vector in
      if !vector["error"].isNull { throw VectorSkip() }
      let patch = JSONMergePatch.create(from: vector["original"], to: vector["modified"])
      try vector.expect(patch, equals: vector["patch"])
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }
}
