// swift-tools-version: 6.2
import PackageDescription

// Apart from the other benchmarks, which stand on the pure floor: this one needs the engines and the network.
let package = Package(
  name: "edge-store-benchmarks",
  dependencies: [
    .package(name: "swift-edge-orchestration", path: "../.."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    .executableTarget(
      name: "store-bench",
      dependencies: [
        .product(name: "EdgeStore", package: "swift-edge-orchestration"),
        .product(name: "EtcdAPI", package: "swift-edge-orchestration"),
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
  ]
)
