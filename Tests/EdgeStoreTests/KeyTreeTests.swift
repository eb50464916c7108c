import EdgePrimitives
import EdgeStore
import Testing

@Suite struct KeyTreeTests {
  /// Keys that begin alike, are prefixes of one another, and hold zero bytes where others end.
  private func key(_ traffic: RandomTraffic) -> StoreKey {
    let prefixes = [
      "", "/", "/registry/", "/registry/pods/", "/registry/pods/default/", "/registry/leases/kube-node-lease/",
    ]
    var bytes = Array(prefixes[traffic.number(below: prefixes.count)].utf8)
    for _ in 0..<traffic.number(below: 14) { bytes.append([0, 0, 0x2F, 0x61, 0x62, 0xFF][traffic.number(below: 6)]) }
    return StoreKey(bytes.isEmpty ? [0] : bytes)
  }

  private func version(_ key: StoreKey, _ number: Int) -> StoredVersion {
    let revision = Revision(rawValue: Int64(number))
    return StoredVersion(
      keyValue: KeyValue(key: key, value: [], createRevision: revision, modRevision: revision, version: 1), ordinal: 0)
  }

  private func check(_ tree: KeyTree, _ model: [StoreKey: StoredVersion], _ traffic: RandomTraffic) {
    let sorted = model.keys.sorted()
    #expect(tree.count == model.count, "seed \(traffic.seed)")
    #expect(tree.versions(from: StoreKey([])).map(\.key) == sorted, "seed \(traffic.seed)")
    for _ in 0..<40 {
      let key = key(traffic)
      #expect(tree[key] == model[key], "seed \(traffic.seed)")
      #expect(tree.rank(of: key) == sorted.count { $0 < key }, "seed \(traffic.seed)")
      #expect(
        tree.versions(from: key).prefix(20).map(\.key) == Array(sorted.filter { $0 >= key }.prefix(20)),
        "seed \(traffic.seed)"
      )
    }
  }

  @Test("a tree of keys behaves like a dictionary with sorted keys, whatever is done to it")
  func model() {
    let traffic = RandomTraffic()
    var tree = KeyTree()
    var model: [StoreKey: StoredVersion] = [:]
    for step in 0..<9000 {
      // Growing, shrinking and mixed phases, so that nodes split, empty and merge.
      if traffic.number(below: 10) < [9, 1, 5][step / 1000 % 3] {
        let version = version(key(traffic), step + 1)
        #expect(tree.update(version) == model.updateValue(version, forKey: version.key), "seed \(traffic.seed)")
      } else {
        let key = traffic.number(below: 2) == 0 ? key(traffic) : model.keys.randomElement() ?? key(traffic)
        #expect(tree.remove(key) == model.removeValue(forKey: key), "seed \(traffic.seed)")
      }
      if step % 250 == 0 { check(tree, model, traffic) }
    }
    for key in model.keys { #expect(tree.remove(key) != nil, "seed \(traffic.seed)") }
    check(tree, [:], traffic)
  }

  @Test("a tree whose cold leaves are packed tells the same, whatever is done to it and to its copies")
  func packing() {
    let traffic = RandomTraffic()
    var tree = KeyTree()
    var model: [StoreKey: StoredVersion] = [:]
    var snapshots: [(tree: KeyTree, model: [StoreKey: StoredVersion])] = []
    for step in 0..<6000 {
      if traffic.number(below: 10) < [9, 2, 5][step / 1000 % 3] {
        let key = key(traffic)
        let keyValue = KeyValue(
          key: key, value: [UInt8](repeating: 7, count: traffic.number(below: 3)), createRevision: .initial,
          modRevision: Revision(rawValue: Int64(step + 1)), version: Int64(step),
          lease: LeaseID(rawValue: traffic.number(below: 4) == 0 ? .min + Int64(step) : 0))
        let version = StoredVersion(keyValue: keyValue, ordinal: Int32(traffic.number(below: 300)))
        #expect(tree.update(version) == model.updateValue(version, forKey: key), "seed \(traffic.seed)")
      } else {
        let key = key(traffic)
        #expect(tree.remove(key) == model.removeValue(forKey: key), "seed \(traffic.seed)")
      }
      guard step % 100 == 99 else { continue }
      // Values of a stretch go to the disk, and what is then wholly there and old enough is packed.
      var leaves = traffic.number(below: 12)
      let horizon = Revision(rawValue: Int64(step - traffic.number(below: 200)))
      _ = tree.reviseLeaves(
        from: key(traffic), packing: horizon, while: { leaves > 0 },
        revising: { versions in
          leaves -= 1
          let absent = versions.map { version in
            var version = version
            if version.valueCount > 0 { version.setAside(valueCount: version.valueCount) }
            return version
          }
          for version in absent { model[version.key] = version }
          return absent
        })
      check(tree, model, traffic)
      if step % 1000 == 999 { snapshots.append((tree, model)) }
    }
    for snapshot in snapshots { check(snapshot.tree, snapshot.model, traffic) }
  }

  @Test("leaves of keys whose values are on the disk are filled, however the keys came", arguments: [true, false])
  func joining(isBuilt: Bool) {
    let count = 20_000
    func version(_ number: Int) -> StoredVersion {
      // 64 clients, each with keys of its own that it counts up.
      let keyValue = KeyValue(
        key: StoreKey("/registry/load/\(number % 64)/\(number / 64)"), value: [],
        createRevision: Revision(rawValue: Int64(number)), modRevision: Revision(rawValue: Int64(number)), version: 1)
      return StoredVersion(absent: keyValue, ordinal: 0, valueCount: 1024)
    }
    var tree = KeyTree()
    if isBuilt {
      var builder = KeyTree.Builder()
      for version in (0..<count).map(version).sorted(by: { $0.key < $1.key }) { builder.append(version) }
      tree = builder.finish()
    } else {
      for number in 0..<count {
        tree.update(version(number))
        guard number % 1000 == 999 else { continue }
        _ = tree.reviseLeaves(
          from: StoreKey([]), packing: Revision(rawValue: Int64(number + 1)), while: { true }, revising: { _ in nil })
      }
    }
    #expect(tree.leafCount <= count / (isBuilt ? 47 : 24), "\(tree.leafCount) leaves")
    for number in 0..<count { #expect(tree[version(number).key] == version(number)) }
  }

  @Test("versions that were packed come back as they were, and damaged bytes give nothing")
  func packedVersions() {
    let traffic = RandomTraffic()
    for _ in 0..<200 {
      var model: [StoreKey: StoredVersion] = [:]
      for number in 0..<traffic.number(below: 25) {
        let keyValue = KeyValue(
          key: key(traffic), value: [], createRevision: Revision(rawValue: 1 + Int64(traffic.number(below: 9))),
          modRevision: Revision(rawValue: 10 + Int64(traffic.number(below: 1 << 40))), version: Int64(number),
          lease: LeaseID(rawValue: Int64(traffic.number(below: 2)) * -5))
        model[keyValue.key] = StoredVersion(
          absent: keyValue, ordinal: Int32(number), valueCount: traffic.number(below: 1 << 20))
      }
      var bytes: [UInt8] = []
      var previous: StoreKey?
      let sorted = model.keys.sorted()
      for key in sorted {
        guard let version = model[key] else { continue }
        PackedVersion.append(version, after: previous, to: &bytes)
        previous = key
      }
      bytes.withUnsafeBytes { raw in
        var cursor = PackedVersion.Cursor(raw)
        var last: StoreKey?
        for key in sorted {
          let version = cursor.version(after: last)
          #expect(version == model[key], "seed \(traffic.seed)")
          last = key
        }
        #expect(cursor.isAtEnd, "seed \(traffic.seed)")
        for _ in 0..<20 {
          let wanted = key(traffic)
          var finder = PackedVersion.Cursor(raw)
          let found = finder.find(wanted)
          #expect(found.index == sorted.count { $0 < wanted } && found.version == model[wanted], "seed \(traffic.seed)")
        }
      }
      if bytes.isEmpty { continue }
      for _ in 0..<20 {
        bytes[traffic.number(below: bytes.count)] = UInt8(traffic.number(below: 256))
        bytes.withUnsafeBytes { raw in
          var cursor = PackedVersion.Cursor(raw)
          var last: StoreKey?
          while !cursor.isAtEnd, let version = cursor.version(after: last) { last = version.key }
          var finder = PackedVersion.Cursor(raw)
          _ = finder.find(key(traffic))
        }
      }
    }
  }

  @Test("a tree built of sorted versions is like one filled one by one, and can be changed like it")
  func builder() {
    let traffic = RandomTraffic()
    for count in [0, 1, 19, 20, 21, 400, 401, 5000] {
      var builder = KeyTree.Builder()
      var model: [StoreKey: StoredVersion] = [:]
      for number in 0..<count {
        model[StoreKey("/registry/pods/\(number)")] = version(StoreKey("/registry/pods/\(number)"), number)
      }
      for key in model.keys.sorted() { if let version = model[key] { builder.append(version) } }
      var tree = builder.finish()
      check(tree, model, traffic)
      for step in 0..<300 {
        let version = version(key(traffic), step)
        #expect(tree.update(version) == model.updateValue(version, forKey: version.key), "seed \(traffic.seed)")
        let gone = StoreKey("/registry/pods/\(traffic.number(below: 6000))")
        #expect(tree.remove(gone) == model.removeValue(forKey: gone), "seed \(traffic.seed)")
      }
      check(tree, model, traffic)
    }
  }

  @Test("a copy is a snapshot: later changes of the original do not show in it")
  func snapshot() {
    var tree = KeyTree()
    let keys = (0..<1000).map { StoreKey("/registry/\($0 + 1000)") }
    for (number, key) in keys.enumerated() { tree.update(version(key, number)) }
    let snapshot = tree
    for key in keys where key.bytes.last.map({ $0 % 2 == 0 }) == true { tree.remove(key) }
    for number in 0..<500 { tree.update(version(StoreKey("/other/\(number)"), number)) }
    #expect(snapshot.versions(from: StoreKey([])).map(\.key) == keys)
    #expect(snapshot.versions(from: StoreKey([])).map(\.id.revision.rawValue) == (0..<1000).map(Int64.init))
    #expect(tree.count == 1000)
  }
}
