#if Networking && SQLite && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import Glibc

/// What the processes of a crash test share: certificates, databases, the hub's port, and journals of what was promised and
/// what was seen. A line of a journal is one write to the end of its file, so it is there, whole, whoever dies after it.
struct CrashDirectory: Sendable {
  enum Journal: String {
    /// `<resource> <index>`: the hub has promised to carry out this command.
    case commands
    /// `<name> <index>`: the hub has acknowledged this value of an object.
    case objects
    /// `<pod> <index>`: the node's outbox has acknowledged this report.
    case reports
    /// `<resource> <version>`: the node has applied this version of an object.
    case applied
    /// `<pod> <index>`: the hub's view showed this report.
    case seen
  }

  let path: String

  /// Makes the certificates of a hub and a node.
  static func create() throws -> CrashDirectory {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/edge-hub-crash-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("mkdtemp failed") }
    let directory = CrashDirectory(
      path: String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    let authority = try CertificateAuthority.create(commonName: "test", clock: SystemWallClock())
    let hub = try authority.issueServerCertificate(
      commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], validity: .seconds(86_400))
    let node = try authority.issueClientCertificate(
      commonName: "system:node:edge-1", organizations: ["system:nodes"], validity: .seconds(86_400))
    directory.write("authority", authority.certificatePEM)
    for (name, identity) in [("hub", hub), ("node", node)] {
      directory.write("\(name).crt", identity.certificatePEM)
      directory.write("\(name).key", identity.privateKeyPEM)
    }
    return directory
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  var authorityPEM: String { read("authority") }
  func identity(_ name: String) -> KeyAndCertificate {
    KeyAndCertificate(certificatePEM: read("\(name).crt"), privateKeyPEM: read("\(name).key"))
  }

  // MARK: Files

  /// Replaces a file in one step.
  func write(_ name: String, _ text: String) {
    append(text, to: open("\(path)/\(name).new", O_WRONLY | O_CREAT | O_TRUNC, 0o600))
    rename("\(path)/\(name).new", "\(path)/\(name)")
  }

  func read(_ name: String) -> String {
    let descriptor = open("\(path)/\(name)", O_RDONLY)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = Glibc.read(descriptor, &chunk, chunk.count), count > 0 { content += chunk[..<count] }
    return String(decoding: content, as: UTF8.self)
  }

  func note(_ journal: Journal, _ subject: String, _ number: Int) {
    append(
      "\(subject) \(number)\n", to: open("\(path)/\(journal.rawValue)", O_WRONLY | O_CREAT | O_APPEND, 0o600))
  }

  private func append(_ text: String, to descriptor: Int32) {
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  /// The numbers of each subject, in the order in which they were written.
  func noted(_ journal: Journal) -> [String: [Int]] {
    read(journal.rawValue).split(separator: "\n").reduce(into: [:]) { noted, line in
      let fields = line.split(separator: " ")
      if fields.count == 2, let number = Int(fields[1]) { noted[String(fields[0]), default: []].append(number) }
    }
  }

  func remove() {
    guard let handle = opendir(path) else { return }
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      unlink("\(path)/\(name)")
    }
    closedir(handle)
    rmdir(path)
  }
}
#endif
