/// A grammar for names, with the words in which Kubernetes says what is wrong.
///
/// Source: `k8s.io/apimachinery/pkg/util/validation`. Lengths count bytes. Every rule takes time linear in the length of
/// the name.
public struct NameRule: Sendable {
  private let check: @Sendable (String) -> [String]

  init(_ check: @escaping @Sendable (String) -> [String]) { self.check = check }

  /// What is wrong with `name`; empty when it is good.
  public func problems(in name: String) -> [String] { check(name) }

  public func accepts(_ name: String) -> Bool { check(name).isEmpty }

  /// Lower-case alphanumerics and hyphens, at most 63 bytes: names of namespaces and containers.
  public static let dnsLabel = NameRule { name in
    var problems = maximum(63, name)
    if !isLabel(name.utf8) { problems.append(isSubdomain(name) ? "must not contain dots" : labelText) }
    return problems
  }

  /// As ``dnsLabel``, beginning with a letter: names of services.
  public static let dnsLabelStartingWithLetter = NameRule { name in
    let startsWithLetter = name.utf8.first.map { isLower($0) } ?? false
    return maximum(63, name) + (isLabel(name.utf8) && startsWithLetter ? [] : [labelWithLetterText])
  }

  /// Labels joined by dots, at most 253 bytes: names of most objects.
  public static let dnsSubdomain = NameRule { name in
    maximum(253, name) + (isSubdomain(name) ? [] : [subdomainText])
  }

  /// Keys of labels, annotations, taints and finalizers: an optional DNS prefix, a slash and a name.
  public static let qualifiedName = NameRule { name in
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let last = parts.last, parts.count <= 2 else {
      return [
        "a qualified name \(qualifiedNameText) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
      ]
    }
    var problems: [String] = []
    if parts.count == 2 {
      problems +=
        parts[0].isEmpty
        ? ["prefix part must be non-empty"] : dnsSubdomain.problems(in: parts[0]).map { "prefix part " + $0 }
    }
    if last.isEmpty { problems.append("name part must be non-empty") }
    problems += maximum(63, last).map { "name part " + $0 }
    if last.isEmpty || !isQualified(last) { problems.append("name part " + qualifiedNameText) }
    return problems
  }

  /// Values of labels: empty, or alphanumerics with `-`, `_` and `.` inside, at most 63 bytes.
  public static let labelValue = NameRule { value in
    maximum(63, value) + (isQualified(value) ? [] : [labelValueText])
  }

  /// Keys of config maps and secrets, which become file names.
  public static let configMapKey = NameRule { key in
    var problems = maximum(253, key)
    if key.isEmpty || !key.utf8.allSatisfy({ isAlphanumeric($0) || isPunctuation($0) }) {
      problems.append(configMapKeyText)
    }
    return problems + parentDirectoryProblems(key)
  }

  public static let environmentVariable = NameRule { name in
    let isGood = name.utf8.allSatisfy { isAlphanumeric($0) || isPunctuation($0) }
    let startsWithDigit = name.utf8.first.map { isDigit($0) } ?? true
    return (isGood && !startsWithDigit ? [] : [environmentVariableText]) + parentDirectoryProblems(name)
  }

  /// Names of ports as IANA registers services (RFC 6335).
  public static let portName = NameRule { name in
    var problems = maximum(15, name)
    let bytes = name.utf8
    if bytes.isEmpty || !bytes.allSatisfy({ isLower($0) || isDigit($0) || $0 == hyphen }) {
      problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    }
    if !bytes.contains(where: { isLower($0) }) { problems.append("must contain at least one letter (a-z)") }
    if zip(bytes, bytes.dropFirst()).contains(where: { $0 == hyphen && $1 == hyphen }) {
      problems.append("must not contain consecutive hyphens")
    }
    if bytes.first == hyphen || bytes.last == hyphen { problems.append("must not begin or end with a hyphen") }
    return problems
  }

  /// ``dnsSubdomain`` behind `*.`: hosts of ingresses.
  public static let wildcardDNSSubdomain = NameRule { name in
    let isWildcard = name.utf8.starts(with: "*.".utf8)
    let rest = String(decoding: name.utf8.dropFirst(2), as: UTF8.self)
    return maximum(253, name) + (isWildcard && isSubdomain(rest) ? [] : [wildcardSubdomainText])
  }

  /// Names of the headers that probes send.
  public static let httpHeaderName = NameRule { name in
    let isGood = !name.isEmpty && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == hyphen }
    return isGood ? [] : [httpHeaderNameText]
  }

  /// `25%`
  public static let percent = NameRule { text in
    let digits = text.utf8.dropLast()
    let isGood = text.utf8.last == UInt8(ascii: "%") && !digits.isEmpty && digits.allSatisfy(isDigit)
    return isGood ? [] : [percentText]
  }

  /// Accepts every name that a suffix of alphanumerics makes good; for `generateName`. As in Kubernetes, a hyphen at the
  /// end and the byte before it are taken as one letter.
  public func acceptingPrefixes() -> NameRule {
    NameRule { [check] name in
      guard name.utf8.count > 1, name.utf8.last == hyphen else { return check(name) }
      return check(String(decoding: name.utf8.dropLast(2), as: UTF8.self) + "a")
    }
  }
}

private let hyphen = UInt8(ascii: "-")

private func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte | 0x20) }
private func isPunctuation(_ byte: UInt8) -> Bool {
  byte == hyphen || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
}

private func isLabel(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
  guard let first = bytes.first, let last = bytes.last, first != hyphen, last != hyphen else { return false }
  return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == hyphen }
}

private func isSubdomain(_ name: String) -> Bool {
  name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
}

/// Empty, or alphanumeric at both ends.
private func isQualified(_ name: String) -> Bool {
  guard let first = name.utf8.first, let last = name.utf8.last else { return true }
  return isAlphanumeric(first) && isAlphanumeric(last)
    && name.utf8.allSatisfy { isAlphanumeric($0) || isPunctuation($0) }
}

private func maximum(_ length: Int, _ name: String) -> [String] {
  name.utf8.count > length ? ["must be no more than \(length) characters"] : []
}

private func parentDirectoryProblems(_ name: String) -> [String] {
  if name == "." { return ["must not be '.'"] }
  if name == ".." { return ["must not be '..'"] }
  return name.hasPrefix("..") ? ["must not start with '..'"] : []
}

private let labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an"
  + " alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
private let labelWithLetterText =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end"
  + " with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is"
  + " '[a-z]([-a-z0-9]*[a-z0-9])?')"
private let subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end"
  + " with an alphanumeric character (e.g. 'example.com', regex used for validation is"
  + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
private let qualifiedNameText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g."
  + " 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
private let labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end"
  + " with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
  + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
private let configMapKeyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or"
  + " 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
private let environmentVariableText =
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start"
  + " with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is"
  + " '[-._a-zA-Z][-._a-zA-Z0-9]*')"
private let wildcardSubdomainText =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case"
  + " alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for"
  + " validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
private let httpHeaderNameText =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is"
  + " '[-A-Za-z0-9]+')"
private let percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for"
  + " validation is '[0-9]+%')"
