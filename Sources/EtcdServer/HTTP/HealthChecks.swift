#if Networking
import EdgeGRPC
import EdgeHTTP
import EdgeJSON
import EdgeStore
import EtcdAPI

/// `/health`, `/livez` and `/readyz`, as members of etcd answer them.
struct HealthChecks: Sendable {
  let access: StoreAccess
  let alarms: AlarmBoard
  let health: HealthService

  private enum Check: String {
    case corruption = "data_corruption"
    case localRead = "serializable_read"
    case read = "linearizable_read"
    case member = "non_learner"
  }

  private static let checks: [String: [Check]] = [
    "/livez": [.localRead], "/readyz": [.corruption, .localRead, .read, .member],
  ]

  /// Nil for another path.
  func answer(_ request: HTTPServerRequest, path: String) async -> HTTPServerResponse? {
    let checks: [Check]
    if path == "/health" {
      checks = []
    } else if let all = Self.checks[path] {
      checks = all
    } else if let slash = path.lastIndex(of: "/"), let all = Self.checks[String(path[..<slash])],
      let check = all.first(where: { $0.rawValue == path[path.index(after: slash)...] })
    {
      checks = [check]
    } else {
      return nil
    }
    guard request.method == "GET" else {
      return Self.text(405, "Method Not Allowed\n", extra: [("Allow", "GET")])
    }
    let excluded = Set(request.query.filter { $0.name == "exclude" }.map(\.value))
    if path == "/health" {
      let reason = await reason(isLocal: request.query("serializable") == "true", excluding: excluded)
      return Self.health(reason)
    }
    // A check by its own path cannot be excluded.
    return await ready(
      checks.count == 1 && Self.checks[path] == nil ? checks : checks.filter { !excluded.contains($0.rawValue) },
      isVerbose: request.query("verbose") != nil)
  }

  // MARK: - /health

  /// Why the member is not well; nil when it is.
  private func reason(isLocal: Bool, excluding excluded: Set<String>) async -> String? {
    do throws(StoreError) {
      let status = try await access.store.status()
      var active = alarms.all.map(\.alarm)
      if status.writeRefusal == .noSpace { active.append(.noSpace) }
      for alarm in active where !excluded.contains(Self.name(alarm)) {
        return "ALARM \(Self.name(alarm))"
      }
      if isLocal { return nil }
      if health.status() != .serving { return "the server is stopping" }
      if let refusal = status.writeRefusal, refusal != .noSpace { return Self.failedDisk }
      return nil
    } catch {
      return "RANGE ERROR:\(GRPCStatus(error).message)"
    }
  }

  private static let failedDisk = "the disk failed: nothing is written until a restart, reads go on"

  private static func name(_ alarm: Etcd.AlarmType) -> String {
    switch alarm {
    case .noSpace: "NOSPACE"
    case .corrupt: "CORRUPT"
    default: "UNKNOWN"
    }
  }

  private static func health(_ reason: String?) -> HTTPServerResponse {
    var body: [UInt8] = []
    JSONWriter.append(raw: reason == nil ? #"{"health":"true","reason":"# : #"{"health":"false","reason":"#, to: &body)
    JSONWriter.append(string: reason ?? "", to: &body)
    body.append(UInt8(ascii: "}"))
    if reason == nil {
      return HTTPServerResponse(
        status: 200, headers: [("Content-Type", "text/plain; charset=utf-8")], body: .bytes(body))
    }
    return text(503, String(decoding: body, as: UTF8.self) + "\n")
  }

  // MARK: - /livez, /readyz

  private func ready(_ checks: [Check], isVerbose: Bool) async -> HTTPServerResponse {
    var lines = ""
    var isWell = true
    for check in checks {
      if let failure = await failure(of: check) {
        isWell = false
        lines += "[-]\(check.rawValue) failed: \(failure)\n"
      } else {
        lines += "[+]\(check.rawValue) ok\n"
      }
    }
    // etcd ends the text of a failure with a line break of its own.
    return isWell ? Self.text(200, (isVerbose ? lines : "") + "ok\n") : Self.text(503, lines + "\n")
  }

  private func failure(of check: Check) async -> String? {
    switch check {
    case .member: return nil
    case .corruption: return alarms.all.contains(where: { $0.alarm == .corrupt }) ? "alarm activated: CORRUPT" : nil
    case .localRead:
      do throws(StoreError) { _ = try await access.currentRevision() } catch { return GRPCStatus(error).message }
      return nil
    case .read:
      if health.status() != .serving { return "the server is stopping" }
      do throws(StoreError) {
        let refusal = try await access.store.status().writeRefusal
        return refusal == nil || refusal == .noSpace ? nil : Self.failedDisk
      } catch {
        return GRPCStatus(error).message
      }
    }
  }

  private static func text(_ status: Int, _ text: String, extra: [(String, String)] = []) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status,
      headers: extra + [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")],
      body: .bytes(Array(text.utf8)))
  }
}
#endif
