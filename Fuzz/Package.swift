// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the library never carries fuzzing code. Build it with `scripts/fuzz`, which adds the
// flags of libFuzzer and of the address sanitizer to every module; without them libFuzzer is missing at the link.
let package = Package(
  name: "edge-fuzz",
  dependencies: [
    .package(name: "swift-edge-orchestration", path: "..", traits: ["YAML"])
  ],
  targets: [
    .target(name: "CLibFuzzer"),
    .executableTarget(
      name: "edge-fuzz",
      dependencies: [
        "CLibFuzzer", .product(name: "EdgeAPIModels", package: "swift-edge-orchestration"),
        .product(name: "EdgeTransport", package: "swift-edge-orchestration"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ]
)
