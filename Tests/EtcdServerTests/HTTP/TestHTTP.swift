#if Networking
import EdgeGRPC
import EdgeHTTP
import EtcdServer
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// A server as `edge-store serve` puts it together: gRPC and HTTP/1.1 on one port.
struct TestHTTP: Sendable {
  let port: Int

  static func with(
    _ engine: Engine = .memory, transport: GRPCServerConfiguration = .etcd(port: 0),
    http: HTTPServerConfiguration = .etcdClients, tls: NIOSSLContext? = nil,
    _ body: @Sendable @escaping (TestHTTP) async throws -> Void
  ) async throws {
    try await engine.withStore { store in
      let server = EtcdServer(store: store, identity: TestServer.identity)
      try await server.serving { services in
        let connections = HTTPConnections(
          configuration: http, logger: Logger(label: "test"),
          handler: server.httpHandler(services) { ("text/plain", "a_metric 1\n") })
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            try await GRPCServer(
              configuration: transport, services: services, tls: tls, group: MultiThreadedEventLoopGroup.singleton,
              guest: .http(connections), logger: Logger(label: "test")
            ).run { _, port in ready.yield(port) }
          }
          var iterator = ports.makeAsyncIterator()
          let port = try #require(await iterator.next())
          try await body(TestHTTP(port: port))
          group.cancelAll()
        }
      }
    }
  }

  /// One answer, read to the end of its connection or to `until`.
  func exchange(_ bytes: [UInt8], until: String? = nil) async throws -> String {
    let socket = try RawSocket(port: port)
    defer { socket.close() }
    socket.send(bytes)
    return try await socket.read(until: until)
  }

  func exchange(_ text: String, until: String? = nil) async throws -> String {
    try await exchange(Array(text.utf8), until: until)
  }

  func get(_ path: String, method: String = "GET") async throws -> (status: Int, body: String) {
    try Self.parts(
      await exchange("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
  }

  func post(_ path: String, _ body: String) async throws -> (status: Int, body: String) {
    try Self.parts(
      await exchange(
        "POST \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"))
  }

  static func parts(_ answer: String) throws -> (status: Int, body: String) {
    let halves = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let status = try #require(halves.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    let body = halves.count > 1 ? String(halves[1]) : ""
    let isChunked = halves.first?.lowercased().contains("transfer-encoding: chunked") == true
    return (status, isChunked ? withoutChunks(body) : body)
  }

  private static func withoutChunks(_ body: String) -> String {
    var rest = Array(body.utf8)[...]
    var text: [UInt8] = []
    while let end = rest.firstIndex(of: 0x0d),
      let count = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16),
      count > 0, rest.endIndex - end >= count + 4
    {
      text += rest[(end + 2)..<(end + 2 + count)]
      rest = rest[(end + 4 + count)...]
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// A blocking socket of the system, so that no library stands between a test and the bytes.
final class RawSocket: Sendable {
  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    // Sound: an address of IPv4 begins as every address does.
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  /// To the end of the connection, or until `text` has come; ten seconds of silence are a failure.
  func read(until text: String? = nil) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { [descriptor] in
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
          let count = recv(descriptor, &buffer, buffer.count, 0)
          if count < 0 && errno == EAGAIN {
            return continuation.resume(throwing: Silence(seen: String(decoding: answer, as: UTF8.self)))
          }
          if count <= 0 { break }
          answer += buffer[..<count]
          if let text, String(decoding: answer, as: UTF8.self).contains(text) { break }
        }
        continuation.resume(returning: String(decoding: answer, as: UTF8.self))
      }
    }
  }

  func close() { Foundation.close(descriptor) }

  struct Silence: Error {
    let seen: String
  }
}
#endif
