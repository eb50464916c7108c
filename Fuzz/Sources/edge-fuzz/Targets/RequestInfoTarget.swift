import EdgeAPIModels

/// Any request line is read or refused. The first line of the input is the method, the rest the target.
func fuzzRequestInfo(_ bytes: [UInt8]) {
  let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2 else { return }
  let method = String(decoding: parts[0], as: UTF8.self)
  let target = String(decoding: parts[1], as: UTF8.self)
  guard let info = try? RequestInfo(method: method, target: target) else { return }
  require(info == (try? RequestInfo(method: method, target: target)), "\(target) is read otherwise the second time")
  if info.isResourceRequest {
    require(["api", "apis"].contains(info.apiPrefix), "\(target) is of no API")
    require(info.resource == info.parts.first ?? "", "\(target) has the parts \(info.parts)")
    require(info.apiPrefix == "apis" || info.apiGroup.isEmpty, "\(target) has the group \(info.apiGroup)")
  }
}
