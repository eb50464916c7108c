import EdgeJSON
import EdgeTestKit
import Testing

@testable import EdgeAPIServer

@Suite("Three-way merge")
struct ThreeWayMergeTests {
  @Test("the manifest wins, what it dropped goes, what others wrote stays")
  func rule() {
    let patch = ThreeWayMerge.patch(
      original: ["a": 1, "dropped": 1, "deep": ["x": 1, "y": 1]],
      modified: ["a": 2, "deep": ["x": 1]],
      current: ["a": 1, "dropped": 1, "theirs": 1, "deep": ["x": 1, "y": 1, "z": 1]])
    #expect(patch == ["a": 2, "dropped": .null, "deep": ["y": .null]])
  }

  @Test("lists are replaced whole and equal ones are left alone")
  func lists() {
    #expect(ThreeWayMerge.patch(original: [:], modified: ["l": [1, 2]], current: ["l": [1, 2]]).isEmpty)
    #expect(ThreeWayMerge.patch(original: [:], modified: ["l": [2]], current: ["l": [1, 2]]) == ["l": [2]])
  }

  @Test(
    "every patch is the one that kubectl's library makes",
    .enabled(if: VectorFolder.environment("EDGE_VECTORS") != nil, "needs $EDGE_VECTORS"))
  func vectors() throws {
    let summary = try VectorRunner("json-merge-three-way").run { vector in
      guard let original = vector["original"].objectValue, let modified = vector["modified"].objectValue,
        let current = vector["current"].objectValue
      else { throw VectorSkip() }
      let patch = ThreeWayMerge.patch(original: original, modified: modified, current: current)
      try vector.expect(.object(patch), equals: vector["patch"])
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }
}
