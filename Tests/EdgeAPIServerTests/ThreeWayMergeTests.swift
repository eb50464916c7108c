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
    #expect(patch == ["a": 2, "dropped": nil, "deep": ["y": nil]])
  }

  @Test("lists are replaced whole and equal ones are left alone")
  func lists() {
    #expect(ThreeWayMerge.patch(original: [:], modified: ["l": [1, 2]], current: ["l": [1, 2]]).isEmpty)
    #expect(ThreeWayMerge.patch(original: [:], modified: ["l": [2]], current: ["l": [1, 2]]) == ["l": [2]])
  }
}
