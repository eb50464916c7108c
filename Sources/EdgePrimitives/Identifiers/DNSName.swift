/// The two name grammars that nearly every Kubernetes identifier follows.
///
/// Source: RFC 1123 as narrowed by `k8s.io/apimachinery/pkg/util/validation`.
public enum DNSName {
  /// Lower-case alphanumerics and `-`, alphanumeric at both ends, at most 63 bytes.
  public static func labelProblem(_ value: String) -> String? {
    let bytes = value.utf8
    if bytes.isEmpty { return "must not be empty" }
    if bytes.count > 63 { return "must be no more than 63 characters" }
    return isLabel(bytes) ? nil : labelRule
  }

  /// Labels joined by dots, at most 253 bytes in all.
  public static func subdomainProblem(_ value: String) -> String? {
    let bytes = value.utf8
    if bytes.isEmpty { return "must not be empty" }
    if bytes.count > 253 { return "must be no more than 253 characters" }
    for label in bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) where !isLabel(label) {
      return subdomainRule
    }
    return nil
  }

  private static let labelRule =
    "must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  private static let subdomainRule =
    "must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"

  private static func isLabel(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
    guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
      return false
    }
    return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
