import EdgeStore
import Testing

@Suite struct KeyTests {
  @Test("keys order as raw bytes, shorter before longer")
  func order() {
    let keys: [StoreKey] = ["", StoreKey([0]), "a", StoreKey([0x61, 0]), "aa", "b", StoreKey([0xFF])]
    #expect(keys.shuffled().sorted() == keys)
    #expect(!(StoreKey("a") < StoreKey("a")))
  }

  @Test("a prefix ends where the last byte below 0xFF is raised; only 0xFF bytes leave it open")
  func prefixEnd() {
    #expect(KeyRange.prefix("/registry/").end == "/registry0")
    #expect(KeyRange.prefix(StoreKey([0x61, 0xFF, 0xFF])).end == StoreKey([0x62]))
    #expect(KeyRange.prefix(StoreKey([0xFF, 0xFF])).end == nil)
    #expect(KeyRange.prefix("") == .all)
  }

  @Test("the interval that holds one key is that key's range")
  func singleKey() {
    #expect(KeyRange.from("a", until: StoreKey([0x61, 0])) == .key("a"))
    #expect(KeyRange.from("a", until: "b").singleKey == nil)
    #expect(KeyRange.key("a").end == StoreKey([0x61, 0]))
  }

  @Test("a key prints its bytes so that a log stays readable and unambiguous")
  func description() {
    #expect(StoreKey([0x2F, 0x61, 0x00, 0x5C, 0xFF]).description == "/a\\x00\\x5c\\xff")
  }

  @Test("the code of an error says whether to try again and whether a write may be there")
  func errors() {
    #expect(StoreError(.overloaded, "").isRetryable && !StoreError(.overloaded, "").mayHaveBeenApplied)
    #expect(!StoreError(.noSpace, "").isRetryable && !StoreError(.noSpace, "").mayHaveBeenApplied)
    #expect(StoreError(.io, "").mayHaveBeenApplied)
    #expect(StoreError(.unavailable, "").isRetryable && !StoreError(.unavailable, "").mayHaveBeenApplied)
    #expect(!StoreError(.outcomeUnknown, "").isRetryable && StoreError(.outcomeUnknown, "").mayHaveBeenApplied)
  }
}
