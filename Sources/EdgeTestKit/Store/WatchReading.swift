import EdgeStore

/// How long a conformance case waits for a batch before it calls the watch broken.
private let patience = Duration.seconds(20)

extension StoreWatch {
  /// The next batch; a failure when the watch ends or stays silent.
  func nextBatch(file: String = #fileID, line: Int = #line) async throws -> WatchBatch {
    guard let batch = try await nextOrEnd(file: file, line: line) else {
      throw ConformanceFailure("the watch ended", file: file, line: line)
    }
    return batch
  }

  /// The next batch or nil at the end; a failure when nothing comes.
  func nextOrEnd(file: String = #fileID, line: Int = #line) async throws -> WatchBatch? {
    try await withThrowingTaskGroup(of: WatchBatch?.self) { group in
      group.addTask {
        var iterator = makeAsyncIterator()
        return try await iterator.next()
      }
      group.addTask {
        try await Task.sleep(for: patience)
        throw ConformanceFailure("nothing came within \(patience)", file: file, line: line)
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  /// Reads until the batch of `revision`, checking that revisions rise.
  func batches(through revision: Revision, file: String = #fileID, line: Int = #line) async throws -> [WatchBatch] {
    var batches: [WatchBatch] = []
    var last = Revision.zero
    while last < revision {
      let batch = try await nextBatch(file: file, line: line)
      try expect(batch.revision > last, "batch \(batch.revision) came after \(last)", file: file, line: line)
      last = batch.revision
      batches.append(batch)
    }
    return batches
  }
}

/// `put a=1`, `create a=1` or `delete a`: an event in the words the cases use.
func summary(_ event: StoreEvent) -> String {
  let key = event.keyValue.key
  if event.kind == .delete { return "delete \(key)" }
  return "\(event.isCreate ? "create" : "put") \(key)=\(String(decoding: event.keyValue.value, as: UTF8.self))"
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
