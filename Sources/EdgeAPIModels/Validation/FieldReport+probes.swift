import EdgeJSON

extension FieldReport {
  mutating func probe(_ probe: Field, kind: String) {
    guard isObject(probe) else { return }
    handler(probe, ["exec", "httpGet", "tcpSocket", "grpc"])
    nonNegative(
      probe, ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
    if kind == "readinessProbe" {
      if probe["terminationGracePeriodSeconds"].isPresent {
        add(
          .invalid(
            probe["terminationGracePeriodSeconds"].path, probe["terminationGracePeriodSeconds"].value ?? .null,
            "must not be set for readinessProbes"))
      }
    } else {
      if let grace = integer(probe["terminationGracePeriodSeconds"]), grace <= 0 {
        add(
          .invalid(probe["terminationGracePeriodSeconds"].path, .integer(grace), "must be greater than 0"))
      }
      if let threshold = integer(probe["successThreshold"]), threshold > 1 {
        add(.invalid(probe["successThreshold"].path, .integer(threshold), "must be 1"))
      }
    }
  }

  /// What a probe or a hook does: exactly one thing.
  mutating func handler(_ field: Field, _ kinds: [String]) {
    guard isObject(field) else { return }
    oneOf(
      field, kinds, missing: "must specify a handler type", extra: "may not specify more than 1 handler type")
    if field["exec"].isPresent, isObject(field["exec"]) {
      for _ in requiredItems(field["exec"]["command"]) {}
      strings(field["exec"]["command"])
    }
    if field["httpGet"].isPresent { httpGet(field["httpGet"]) }
    if field["tcpSocket"].isPresent, isObject(field["tcpSocket"]) { requiredPort(field["tcpSocket"]["port"]) }
    if field["grpc"].isPresent, isObject(field["grpc"]) {
      require(field["grpc"]["port"])
      _ = integer(field["grpc"]["port"], in: 1...65_535)
    }
  }

  private mutating func httpGet(_ request: Field) {
    guard isObject(request) else { return }
    // An absent path has its default; an empty one is said to be missing.
    if request["path"].value == "" { add(.required(request["path"].path)) }
    _ = string(request["path"])
    requiredPort(request["port"])
    choice(request["scheme"], ["HTTP", "HTTPS"])
    for header in items(request["httpHeaders"]) where isObject(header) {
      guard let name = requiredString(header["name"]) else { continue }
      let isToken = name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
      }
      if !isToken {
        add(
          .invalid(
            header["name"].path, .string(name),
            "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
          ))
      }
    }
  }

  private mutating func requiredPort(_ field: Field) {
    require(field)
    port(field)
  }
}
