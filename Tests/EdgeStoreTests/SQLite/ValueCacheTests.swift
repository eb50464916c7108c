#if SQLite
import EdgePrimitives
import EdgeStore
import Testing

@testable import EdgeStoreSQLite

@Suite struct ValueCacheTests {
  private func id(_ number: Int) -> VersionID { VersionID(revision: Revision(rawValue: Int64(number)), ordinal: 0) }

  @Test("what is asked for again and again stays, what is not asked for goes, and the bound holds")
  func bound() {
    var cache = ValueCache(bound: 64 << 10)
    let value = [UInt8](repeating: 1, count: 1000)
    cache.insert(value, for: id(0))
    for number in 1...10_000 {
      cache.insert(value, for: id(number))
      #expect(cache.value(of: id(0)) == value, "\(number)")
    }
    let kept = (0...10_000).count { cache.value(of: id($0)) != nil }
    #expect(kept > 20 && kept * 1000 <= 64 << 10)
    #expect(cache.value(of: id(1)) == nil)
  }

  @Test("one value that would drive out most others is not kept")
  func large() {
    var cache = ValueCache(bound: 64 << 10)
    cache.insert([1], for: id(1))
    cache.insert([UInt8](repeating: 1, count: 32 << 10), for: id(2))
    #expect(cache.value(of: id(2)) == nil && cache.value(of: id(1)) == [1])
  }
}
#endif
