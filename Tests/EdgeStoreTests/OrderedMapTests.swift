import EdgePrimitives
import EdgeStore
import Testing

@Suite struct OrderedMapTests {
  @Test("an ordered map behaves like a dictionary with sorted keys, whatever is done to it")
  func model() {
    let traffic = RandomTraffic()
    var map = OrderedMap<Int, Int>()
    var model: [Int: Int] = [:]
    for step in 0..<6000 {
      // Growing, shrinking and mixed phases, so that nodes split, empty and merge.
      let grows = traffic.number(below: 10) < [8, 2, 5][step / 500 % 3]
      let key = traffic.number(below: 1500)
      if grows {
        #expect(map.updateValue(step, forKey: key) == model.updateValue(step, forKey: key), "seed \(traffic.seed)")
      } else {
        #expect(map.removeValue(forKey: key) == model.removeValue(forKey: key), "seed \(traffic.seed)")
      }
      if step % 250 == 0 { check(map, model, traffic) }
    }
    for key in model.keys { map.removeValue(forKey: key) }
    #expect(map.isEmpty && map.first == nil, "seed \(traffic.seed)")
  }

  private func check(_ map: OrderedMap<Int, Int>, _ model: [Int: Int], _ traffic: RandomTraffic) {
    let sorted = model.sorted { $0.key < $1.key }
    #expect(map.count == model.count, "seed \(traffic.seed)")
    #expect(map.elements(from: .min).map(\.key) == sorted.map(\.key), "seed \(traffic.seed)")
    #expect(map.elements(from: .min).map(\.value) == sorted.map(\.value), "seed \(traffic.seed)")
    #expect(map.first?.key == sorted.first?.key, "seed \(traffic.seed)")
    for _ in 0..<20 {
      let key = traffic.number(below: 1600) - 50
      #expect(map[key] == model[key], "seed \(traffic.seed)")
      #expect(map.rank(of: key) == sorted.count { $0.key < key }, "seed \(traffic.seed)")
      #expect(map.elements(from: key).map(\.key) == sorted.filter { $0.key >= key }.map(\.key), "seed \(traffic.seed)")
    }
  }

  @Test("a copy is a snapshot: later changes of the original do not show in it")
  func snapshot() {
    var map = OrderedMap<Int, Int>()
    for key in 0..<1000 { map.updateValue(key, forKey: key) }
    let snapshot = map
    for key in stride(from: 0, to: 1000, by: 2) { map.removeValue(forKey: key) }
    for key in 1000..<1500 { map.updateValue(key, forKey: key) }
    #expect(snapshot.elements(from: 0).map(\.key) == Array(0..<1000))
    #expect(snapshot.rank(of: 500) == 500)
    #expect(map.count == 1000)
  }

  @Test("keys added in order and dropped from the front, as a log's are, leave a map that works")
  func logPattern() {
    var map = OrderedMap<Int, Int>()
    for key in 0..<5000 {
      map.updateValue(key, forKey: key)
      if key >= 100, let first = map.first { map.removeValue(forKey: first.key) }
    }
    #expect(map.elements(from: 0).map(\.key) == Array(4900..<5000))
  }
}
