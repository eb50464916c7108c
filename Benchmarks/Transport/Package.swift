// swift-tools-version: 6.2
import PackageDescription

// A package of its own beside the benchmarks of the pure floor: sockets need NIO and BoringSSL, which take minutes to
// build. Its program is also the peer that `make autobahn` tests.
let package = Package(
  name: "edge-transport-benchmarks",
  dependencies: [
    .package(name: "swift-edge-orchestration", path: "../..", traits: ["Networking", "SQLite"]),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    .executableTarget(
      name: "edge-link-bench",
      dependencies: [
        .product(name: "EdgeTransport", package: "swift-edge-orchestration"),
        .product(name: "EdgeStoreSQLite", package: "swift-edge-orchestration"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ]
)
