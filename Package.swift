// swift-tools-version: 6.2
import PackageDescription

// Traits guard everything that is not pure Swift logic. With `--disable-default-traits` the package is the pure floor: no
// NIO, no SQLite and no YAML parser is fetched, compiled or linked. QUIC is off unless it is asked for. Sources of guarded
// targets stand in `#if TRAIT`, so their modules are empty rather than broken when a trait is off.
let whenNetworking: TargetDependencyCondition? = .when(traits: ["Networking"])
let whenSQLite: TargetDependencyCondition? = .when(traits: ["SQLite"])
let whenYAML: TargetDependencyCondition? = .when(traits: ["YAML"])
let whenQUIC: TargetDependencyCondition? = .when(traits: ["QUIC"])

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func nio(_ names: String...) -> [Target.Dependency] {
  names.map { .product(name: $0, package: "swift-nio", condition: whenNetworking) }
}
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log", condition: whenNetworking)
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics", condition: whenNetworking)
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: whenNetworking)
let http2: [Target.Dependency] = ["NIOHTTP2", "NIOHPACK"].map {
  .product(name: $0, package: "swift-nio-http2", condition: whenNetworking)
}
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl", condition: whenNetworking)

func test(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["EdgeTestKit"], exclude: fixtures(of: name), swiftSettings: swiftSettings)
}
/// Test targets that keep a Fixtures folder.
func fixtures(of name: String) -> [String] {
  [
    "EdgeJSONTests", "EdgeAPIModelsTests", "EdgeTransportTests", "DeviceTwinKitTests", "TopologyRouterTests",
    "EtcdAPITests", "EdgeTransportQUICTests",
  ].contains(name) ? ["Fixtures"] : []
}

let package = Package(
  name: "swift-edge-orchestration",
  products: [
    .library(name: "EdgeAPIModels", targets: ["EdgeAPIModels", "EdgeAPIKinds", "EdgeAPIModelsYAML", "EdgeProtobuf"]),
    .library(
      name: "EdgeStore",
      targets: ["EdgeStore", "EdgeStoreSQLite", "EdgeStoreEtcd", "EdgeStoreKine", "EdgeResourceStore", "EtcdServer"]),
    // The embedded store alone, for whoever needs neither its server nor etcd.
    .library(name: "EdgeStoreSQLite", targets: ["EdgeStore", "EdgeStoreSQLite"]),
    .library(
      name: "EdgeTransport",
      targets: ["EdgeTransport", "EdgeTransportOutbox", "EdgeTransportNIO", "EdgeCompression", "EdgeIdentity"]),
    .library(name: "EdgeTransportQUIC", targets: ["EdgeTransportQUIC"]),
    .library(name: "EdgeAutonomyCache", targets: ["EdgeAutonomyCache"]),
    .library(name: "DeviceTwinKit", targets: ["DeviceTwinKit", "DeviceTwinKitModbus"]),
    .library(
      name: "TopologyRouter", targets: ["TopologyRouter", "TopologyRouterKubernetes", "TopologyRouterProxy"]),
    // Supporting products: what two topologies need beside the six blocks.
    .library(name: "EdgeAPIMachinery", targets: ["EdgeAPIServer", "EdgeAPIClient", "EdgeHTTP", "EdgeIdentity"]),
    .library(name: "EtcdAPI", targets: ["EtcdAPI", "EdgeGRPC", "EdgeProtobuf"]),
    .library(name: "EdgeTestKit", targets: ["EdgeTestKit"]),
    .executable(name: "edge-store", targets: ["EdgeStoreTool"]),
    .executable(name: "kubeedge-topology", targets: ["KubeEdgeTopology"]),
  ],
  traits: [
    .trait(name: "Networking", description: "Engines on SwiftNIO: WebSocket, HTTP API, Modbus TCP, service proxy."),
    .trait(name: "SQLite", description: "The SQLite store engine; needs libsqlite3 (Debian: libsqlite3-dev)."),
    .trait(name: "YAML", description: "YAML in and out, over Yams."),
    .trait(
      name: "QUIC",
      description: "Framed sessions over QUIC; needs ngtcp2 with GnuTLS (Debian: libngtcp2-crypto-gnutls-dev).",
      enabledTraits: ["Networking"]),
    .default(enabledTraits: ["Networking", "SQLite", "YAML"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // Ground: what every floor stands on. Pure, no dependencies.
    .target(name: "EdgePrimitives", swiftSettings: swiftSettings),
    .target(name: "EdgeJSON", swiftSettings: swiftSettings),
    .target(name: "EdgeProtobuf", swiftSettings: swiftSettings),
    .target(name: "EdgeCompression", swiftSettings: swiftSettings),

    // Floor 0: pure, no IO.
    .target(
      name: "EdgeAPIModels", dependencies: ["EdgePrimitives", "EdgeJSON", "EdgeProtobuf"], swiftSettings: swiftSettings),
    .target(name: "EtcdAPI", dependencies: ["EdgeProtobuf"], swiftSettings: swiftSettings),
    .target(name: "CEdgeChecksum"),
    .target(name: "EdgeStore", dependencies: ["EdgePrimitives", "CEdgeChecksum"], swiftSettings: swiftSettings),
    .target(
      name: "EdgeTransport", dependencies: ["EdgePrimitives", "EdgeJSON", "EdgeCompression"],
      swiftSettings: swiftSettings),
    .target(name: "TopologyRouter", dependencies: ["EdgePrimitives"], swiftSettings: swiftSettings),

    // Floor 1: engines, each behind its trait.
    .target(
      name: "EdgeAPIModelsYAML",
      dependencies: ["EdgeAPIModels", "EdgeJSON", .product(name: "Yams", package: "Yams", condition: whenYAML)],
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeAPIKinds", dependencies: ["EdgeAPIModels", "EdgeJSON", "EdgePrimitives"], swiftSettings: swiftSettings),
    .systemLibrary(name: "CSQLite"),
    .target(name: "CEdgeLogFile"),
    .target(
      name: "EdgeStoreSQLite",
      dependencies: [
        "EdgeStore", "EdgePrimitives", .target(name: "CSQLite", condition: whenSQLite),
        .target(name: "CEdgeLogFile", condition: whenSQLite),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeHTTP",
      dependencies: ["EdgePrimitives", nioSSL, logging] + nio("NIOCore", "NIOPosix", "NIOHTTP1"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeGRPC",
      dependencies: ["EdgeProtobuf", "EdgeCompression", nioSSL, logging, metrics] + http2 + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "EtcdServer",
      dependencies: [
        "EdgeStore", "EtcdAPI", "EdgeGRPC", "EdgeHTTP", "EdgeJSON", "EdgeProtobuf", "EdgePrimitives", logging, metrics,
        .product(name: "Crypto", package: "swift-crypto", condition: whenNetworking),
      ] + nio("NIOCore"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeStoreEtcd",
      dependencies: [
        "EdgeStore", "EtcdAPI", "EdgeGRPC", "EdgePrimitives", "EdgeIdentity", "EdgeHTTP", "EdgeJSON", nioSSL, logging,
        metrics, .target(name: "CEdgeProcess", condition: whenNetworking),
      ] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeStoreKine",
      dependencies: [
        "EdgeStore", "EdgeStoreSQLite", "EdgePrimitives", .target(name: "CSQLite", condition: whenSQLite),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeResourceStore", dependencies: ["EdgeStore", "EdgeAPIModels", "EdgeJSON", "EdgePrimitives"],
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeMetrics", dependencies: ["EdgePrimitives", "EdgeHTTP", logging, metrics] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeIdentity",
      dependencies: [
        "EdgePrimitives", "EdgeJSON", "EdgeHTTP", nioSSL, logging,
        .product(name: "X509", package: "swift-certificates", condition: whenNetworking),
        .product(name: "SwiftASN1", package: "swift-asn1", condition: whenNetworking),
        .product(name: "Crypto", package: "swift-crypto", condition: whenNetworking),
      ] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeTransportNIO",
      dependencies: ["EdgeTransport", "EdgePrimitives", "EdgeIdentity", "EdgeHTTP", nioSSL, logging, metrics]
        + nio("NIOCore", "NIOPosix", "NIOHTTP1", "NIOTLS", "NIOWebSocket"),
      swiftSettings: swiftSettings),
    .target(
      name: "CEdgeQUIC",
      cSettings: [.define("EDGE_QUIC", .when(traits: ["QUIC"]))],
      linkerSettings: ["ngtcp2_crypto_gnutls", "ngtcp2", "gnutls"].map {
        .linkedLibrary($0, .when(traits: ["QUIC"]))
      }),
    .target(
      name: "EdgeTransportQUIC",
      dependencies: [
        "EdgeTransport", "EdgeTransportNIO", "EdgePrimitives", "EdgeIdentity", "EdgeHTTP", logging, metrics,
        .target(name: "CEdgeQUIC", condition: whenQUIC),
      ] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeTransportOutbox", dependencies: ["EdgeTransport", "EdgeStore", "EdgePrimitives"],
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeAPIServer",
      dependencies: [
        "EdgeAPIModels", "EdgeStore", "EdgeJSON", "EdgePrimitives", "EdgeHTTP", "EdgeIdentity", nioSSL, logging,
        metrics,
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeAPIClient",
      dependencies: [
        "EdgeAPIModels", "EdgeResourceStore", "EdgeJSON", "EdgePrimitives", "EdgeHTTP", "EdgeIdentity", nioSSL, logging,
      ],
      swiftSettings: swiftSettings),

    // Floor 2: blocks.
    .target(
      name: "EdgeAutonomyCache", dependencies: ["EdgeAPIModels", "EdgeStore", "EdgeJSON", "EdgePrimitives"],
      swiftSettings: swiftSettings),
    .target(
      name: "DeviceTwinKit", dependencies: ["EdgeAPIModels", "EdgeJSON", "EdgePrimitives"],
      swiftSettings: swiftSettings),
    .target(
      name: "DeviceTwinKitModbus",
      dependencies: ["DeviceTwinKit", "EdgePrimitives", logging, metrics] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "TopologyRouterKubernetes",
      dependencies: ["TopologyRouter", "EdgeAPIModels", "EdgeJSON", "EdgePrimitives"],
      swiftSettings: swiftSettings),
    .target(
      name: "TopologyRouterProxy",
      dependencies: ["TopologyRouter", "EdgePrimitives", logging, metrics] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),

    // Floor 3: compositions, the wiring that more than one topology shares.
    .target(name: "CEdgeProcess"),
    .target(
      name: "EdgeNodeAgent",
      dependencies: [
        "EdgeAPIModels", "EdgeAutonomyCache", "EdgeTransport", "EdgeTransportOutbox", "DeviceTwinKit", "TopologyRouter",
        "TopologyRouterKubernetes", "EdgeJSON", "EdgePrimitives", "EdgeStore",
        .target(name: "CEdgeProcess", condition: whenNetworking),
        .target(name: "DeviceTwinKitModbus", condition: whenNetworking),
        .target(name: "TopologyRouterProxy", condition: whenNetworking),
        .target(name: "EdgeTransportNIO", condition: whenNetworking),
        .target(name: "EdgeStoreSQLite", condition: whenSQLite),
        .target(name: "EdgeIdentity", condition: whenNetworking),
        .target(name: "EdgeAPIServer", condition: whenNetworking),
        .target(name: "EdgeHTTP", condition: whenNetworking),
        logging, metrics, nioSSL,
      ] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .target(
      name: "EdgeControlPlane",
      dependencies: [
        "EdgeAPIModels", "EdgeAutonomyCache", "DeviceTwinKit", "EdgeStore", "EdgeTransport", "EdgeTransportOutbox",
        "EdgeJSON", "EdgePrimitives",
        .target(name: "EdgeAPIServer", condition: whenNetworking),
        .target(name: "EdgeTransportNIO", condition: whenNetworking),
        .target(name: "EdgeIdentity", condition: whenNetworking),
        .target(name: "EdgeHTTP", condition: whenNetworking),
        logging, metrics,
      ],
      swiftSettings: swiftSettings),

    // Roof: tools and topologies.
    .executableTarget(
      name: "EdgeStoreTool",
      dependencies: [
        "EdgeStore", "EdgeStoreSQLite", "EdgeStoreEtcd", "EdgeStoreKine", "EtcdServer", "EtcdAPI", "EdgeGRPC",
        "EdgeHTTP", "EdgeMetrics", "EdgeIdentity", "EdgePrimitives", nioSSL, logging, metrics, lifecycle,
        .target(name: "CEdgeProcess", condition: whenNetworking),
        .product(name: "UnixSignals", package: "swift-service-lifecycle", condition: whenNetworking),
        .product(name: "ArgumentParser", package: "swift-argument-parser", condition: whenNetworking),
      ] + nio("NIOCore", "NIOPosix"),
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "KubeEdgeTopology",
      dependencies: [
        "EdgeAPIModels", "EdgeAPIModelsYAML", "EdgeStore", "EdgeStoreSQLite", "EdgeTransport", "EdgeTransportNIO",
        "EdgeAutonomyCache", "DeviceTwinKit", "DeviceTwinKitModbus", "TopologyRouter", "TopologyRouterKubernetes",
        "TopologyRouterProxy", "EdgeIdentity", "EdgeAPIServer", "EdgeAPIClient", "EdgeNodeAgent", "EdgeControlPlane",
        "EdgeHTTP", "EdgeJSON", "EdgePrimitives", logging, metrics, lifecycle,
        .product(name: "UnixSignals", package: "swift-service-lifecycle", condition: whenNetworking),
        .product(name: "ArgumentParser", package: "swift-argument-parser", condition: whenNetworking),
      ] + nio("NIOCore", "NIOPosix", "NIOHTTP1"),
      path: "Examples/KubeEdgeTopology/Sources",
      swiftSettings: swiftSettings),

    // Side: shipped test tools; never imported by Sources.
    .target(
      name: "EdgeTestKit",
      dependencies: ["EdgePrimitives", "EdgeJSON", "EdgeStore", "EdgeTransport"],
      swiftSettings: swiftSettings),

    // Makes the typed models and schema tables; run by `make models` when a schema file has changed.
    .executableTarget(
      name: "edge-model-generator", dependencies: ["EdgeAPIModels", "EdgeJSON"],
      path: "Generator/Sources/edge-model-generator", swiftSettings: swiftSettings),

    // Tests. Fixtures are read from the source tree, so no resource bundles.
    test("EdgePrimitivesTests", ["EdgePrimitives"]),
    test("EdgeCompressionTests", ["EdgeCompression", "EdgePrimitives"]),
    test("EdgeJSONTests", ["EdgeJSON"]),
    test(
      "EdgeAPIModelsTests",
      ["EdgeAPIModels", "EdgeAPIKinds", "EdgeAPIModelsYAML", "EdgeProtobuf", "EdgeJSON", "EdgePrimitives"]),
    test("EtcdAPITests", ["EtcdAPI", "EdgeProtobuf"]),
    test(
      "EdgeGRPCTests",
      ["EdgeGRPC", "EtcdAPI", "EdgeProtobuf", nioSSL, logging] + http2 + nio("NIOCore", "NIOPosix")),
    test("EdgeStoreTests", ["EdgeStore", "EdgeStoreSQLite", "EdgePrimitives"]),
    test(
      "EtcdServerTests",
      [
        "EtcdServer", "EdgeStore", "EdgeStoreSQLite", "EtcdAPI", "EdgeGRPC", "EdgeHTTP", "EdgeJSON", "EdgePrimitives",
        nioSSL, logging,
      ] + nio("NIOCore", "NIOPosix")),
    test(
      "EdgeStoreEtcdTests",
      ["EdgeStoreEtcd", "EdgeStore", "EtcdAPI", "EdgeGRPC", "EdgePrimitives", "EdgeIdentity", nioSSL, logging]
        + nio("NIOCore", "NIOPosix")),
    test("EdgeStoreKineTests", ["EdgeStoreKine", "EdgeStore", "EdgeStoreSQLite", "EdgePrimitives"]),
    test(
      "EdgeResourceStoreTests",
      [
        "EdgeResourceStore", "EdgeStore", "EdgeStoreSQLite", "EdgeAPIModels", "EdgeAPIKinds", "EdgeJSON",
        "EdgePrimitives",
      ]),
    test("EdgeMetricsTests", ["EdgeMetrics", "EdgeHTTP", logging, metrics] + nio("NIOCore", "NIOPosix")),
    test(
      "EdgeStoreToolTests",
      ["EdgeStoreTool", "EdgeStore", "EdgeStoreSQLite", "EtcdAPI", "EdgeGRPC", "EdgePrimitives", logging]
        + nio("NIOCore", "NIOPosix")),
    test("EdgeTransportTests", ["EdgeTransport", "EdgeCompression", "EdgeJSON", "EdgePrimitives"]),
    test(
      "EdgeTransportOutboxTests",
      ["EdgeTransportOutbox", "EdgeTransport", "EdgeStore", "EdgeStoreSQLite", "EdgePrimitives"]),
    test(
      "EdgeTransportNIOTests",
      ["EdgeTransport", "EdgeTransportNIO", "EdgeIdentity", "EdgeHTTP", "EdgePrimitives", "EdgeJSON", nioSSL, logging]
        + nio("NIOCore", "NIOPosix", "NIOHTTP1", "NIOTLS")),
    test(
      "EdgeTransportQUICTests",
      [
        "EdgeTransport", "EdgeTransportNIO", "EdgeTransportQUIC", "EdgeIdentity", "EdgePrimitives", logging,
        .target(name: "CEdgeQUIC", condition: whenQUIC),
      ] + nio("NIOCore", "NIOPosix")),
    test(
      "EdgeIdentityTests",
      [
        "EdgeIdentity", "EdgeHTTP", "EdgePrimitives", nioSSL, logging,
        .product(name: "X509", package: "swift-certificates", condition: whenNetworking),
      ] + nio("NIOCore", "NIOPosix", "NIOHTTP1")),
    test(
      "EdgeAPIServerTests",
      [
        "EdgeAPIServer", "EdgeAPIClient", "EdgeAPIModels", "EdgeResourceStore", "EdgeStore", "EdgeJSON", "EdgeHTTP",
        "EdgePrimitives", logging,
      ]),
    test(
      "EdgeAutonomyCacheTests",
      ["EdgeAutonomyCache", "EdgeStore", "EdgeStoreSQLite", "EdgeAPIModels", "EdgeJSON", "EdgePrimitives"]),
    test(
      "DeviceTwinKitTests",
      [
        "DeviceTwinKit", "DeviceTwinKitModbus", "EdgeAPIModels", "EdgeAPIModelsYAML", "EdgeJSON", "EdgePrimitives",
        logging,
      ] + nio("NIOCore", "NIOPosix")),
    test(
      "TopologyRouterTests",
      [
        "TopologyRouter", "TopologyRouterKubernetes", "TopologyRouterProxy", "EdgeAPIModels", "EdgeJSON",
        "EdgePrimitives", logging,
      ] + nio("NIOCore", "NIOPosix")),
    test(
      "EdgeNodeAgentTests",
      [
        "EdgeNodeAgent", "EdgeAPIModels", "EdgeAutonomyCache", "EdgeStore", "EdgeJSON", "EdgePrimitives",
        "EdgeTransport", "EdgeTransportNIO", "EdgeIdentity", "DeviceTwinKit", "DeviceTwinKitModbus", logging,
      ] + nio("NIOPosix")),
    test(
      "EdgeControlPlaneTests",
      [
        "EdgeControlPlane", "EdgeNodeAgent", "EdgeAutonomyCache", "EdgeTransport", "EdgeTransportOutbox",
        "EdgeTransportNIO", "EdgeIdentity", "EdgeHTTP", "EdgeAPIServer", "EdgeAPIModels", "EdgeStore",
        "EdgeStoreSQLite",
        "EdgeJSON", "EdgePrimitives", nioSSL, logging, metrics,
      ] + nio("NIOCore", "NIOPosix")),
    test(
      "KubeEdgeTopologyTests",
      [
        "KubeEdgeTopology", "EdgeAPIModels", "EdgeAPIModelsYAML", "EdgeJSON", "EdgePrimitives", "EdgeIdentity",
        "EdgeHTTP", "EdgeAPIClient", "DeviceTwinKitModbus", logging,
      ]),
  ]
)
