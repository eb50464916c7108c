import Foundation

/// Lets both peers take turns at a measurement, and keeps the middle of what each reached.
struct Turns {
  let options: Options
  let peers: [PeerProcess]

  /// - Parameter measure: one turn of one peer. One that fails leaves that peer without a figure, and says why.
  func rows(
    _ templates: [Row], _ measure: (PeerProcess, _ turn: Int) async throws -> [(value: Double, p99: Double?)]
  ) async -> [Row] {
    var rows = templates
    var values: [Peer: [[Double]]] = [:]
    var p99s: [Peer: [[Double]]] = [:]
    var failures: [Peer: String] = [:]
    for turn in 0..<options.rounds {
      // The one that begins has the colder caches: they change places.
      for peer in turn.isMultiple(of: 2) ? peers : peers.reversed() where failures[peer.peer] == nil {
        do {
          let measured = try await measure(peer, turn)
          values[peer.peer, default: []].append(measured.map(\.value))
          p99s[peer.peer, default: []].append(measured.map { $0.p99 ?? .nan })
        } catch {
          failures[peer.peer] = "\(error)"
          complain("\(templates.first?.name ?? "") on \(peer.peer.rawValue): \(error)")
        }
      }
    }
    for index in rows.indices {
      for peer in peers.map(\.peer) {
        if let failure = failures[peer] {
          rows[index].note = "\(peer.rawValue) failed: \(failure.prefix(80))"
          continue
        }
        rows[index].values[peer] = values[peer, default: []].map { $0[index] }.median
        let slowest = p99s[peer, default: []].map { $0[index] }.median
        if slowest.isFinite { rows[index].p99[peer] = slowest }
      }
      progress(rows[index])
    }
    return rows
  }
}

/// What has been measured so far goes to standard error, so that a long run can be watched.
func progress(_ row: Row) {
  complain(
    "\(row.name): edge-store \(row.text(row.values[.edgeStore])), etcd \(row.text(row.values[.etcd]))"
      + (row.ratio.map { ", \(short($0)) x" } ?? ""))
}

func complain(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
