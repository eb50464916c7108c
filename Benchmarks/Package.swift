// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the library never carries benchmark code, and on the pure floor of the library
// (`traits: []`), so that it builds in seconds.
let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "edge-benchmarks",
  dependencies: [
    .package(name: "swift-edge-orchestration", path: "..", traits: [])
  ],
  targets: [
    .target(name: "CAllocationCounter"),
    .target(name: "BenchmarkHarness", dependencies: ["CAllocationCounter"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "edge-bench",
      dependencies: [
        "BenchmarkHarness", .product(name: "EdgeTransport", package: "swift-edge-orchestration"),
        .product(name: "EdgeAPIModels", package: "swift-edge-orchestration"),
      ],
      swiftSettings: swiftSettings),
  ]
)
