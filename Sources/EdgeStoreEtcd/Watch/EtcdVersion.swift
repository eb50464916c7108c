#if Networking
/// A member's version, as its status tells it.
struct EtcdVersion: Comparable, Sendable {
  let major: Int
  let minor: Int
  let patch: Int

  init(_ major: Int, _ minor: Int, _ patch: Int) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// `3.5.13`, with anything behind a `-` or `+` left out of account.
  init?(_ text: String) {
    let core = text.prefix { $0 != "-" && $0 != "+" }
    let numbers = core.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else { return nil }
    self.init(major, minor, patch)
  }

  static func < (left: EtcdVersion, right: EtcdVersion) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }

  /// Whether its answer to a request for progress never comes before an event that it covers (etcd#15220); the versions
  /// are those at which Kubernetes draws the line too.
  var ordersProgress: Bool {
    self >= EtcdVersion(3, 5, 13) || (self >= EtcdVersion(3, 4, 31) && self < EtcdVersion(3, 5, 0))
  }

  /// Whether a deletion at the very revision that was compacted to is still shown to a watch that starts there (etcd#18089,
  /// and #19179 for after a restart).
  var keepsCompactedDeletion: Bool {
    self >= EtcdVersion(3, 5, 18) || (self >= EtcdVersion(3, 4, 36) && self < EtcdVersion(3, 5, 0))
  }
}
#endif
