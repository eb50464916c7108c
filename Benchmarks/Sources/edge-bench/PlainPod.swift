/// What one writes without this library: Codable structs with the members of the sample pod and no others. They lose what
/// they do not know, know nothing of quantities and times, and are the fastest that Foundation's coders can be asked for.
struct PlainPod: Codable {
  var apiVersion: String
  var kind: String
  var metadata: Metadata
  var spec: Spec
  var status: Status

  struct Metadata: Codable {
    var name: String
    var generateName: String?
    var namespace: String?
    var uid: String?
    var resourceVersion: String?
    var creationTimestamp: String?
    var labels: [String: String]?
    var annotations: [String: String]?
    var ownerReferences: [Owner]?
  }

  struct Owner: Codable {
    var apiVersion: String
    var kind: String
    var name: String
    var uid: String
    var controller: Bool?
    var blockOwnerDeletion: Bool?
  }

  struct Spec: Codable {
    var volumes: [Volume]?
    var initContainers: [Container]?
    var containers: [Container]
    var restartPolicy: String?
    var terminationGracePeriodSeconds: Int64?
    var dnsPolicy: String?
    var nodeSelector: [String: String]?
    var serviceAccountName: String?
    var serviceAccount: String?
    var nodeName: String?
    var securityContext: SecurityContext?
    var schedulerName: String?
    var tolerations: [Toleration]?
    var priority: Int32?
    var enableServiceLinks: Bool?
    var preemptionPolicy: String?
  }

  struct Volume: Codable {
    var name: String
    var configMap: ConfigMap?
    var hostPath: HostPath?
    var projected: Projected?
  }

  struct ConfigMap: Codable {
    var name: String
    var items: [Item]?
    var defaultMode: Int32?
  }

  struct Item: Codable {
    var key: String?
    var path: String
    var fieldRef: FieldReference?
  }

  struct HostPath: Codable {
    var path: String
    var type: String?
  }

  struct Projected: Codable {
    var sources: [Source]
    var defaultMode: Int32?
  }

  struct Source: Codable {
    var serviceAccountToken: Token?
    var configMap: ConfigMap?
    var downwardAPI: DownwardAPI?
  }

  struct Token: Codable {
    var expirationSeconds: Int64?
    var path: String
  }

  struct DownwardAPI: Codable {
    var items: [Item]
  }

  struct FieldReference: Codable {
    var apiVersion: String?
    var fieldPath: String
  }

  struct Container: Codable {
    var name: String
    var image: String?
    var command: [String]?
    var args: [String]?
    var ports: [Port]?
    var env: [Variable]?
    var resources: Resources?
    var volumeMounts: [Mount]?
    var livenessProbe: Probe?
    var readinessProbe: Probe?
    var terminationMessagePath: String?
    var terminationMessagePolicy: String?
    var imagePullPolicy: String?
    var securityContext: SecurityContext?
  }

  struct Port: Codable {
    var name: String?
    var containerPort: Int32
    var `protocol`: String?
  }

  struct Variable: Codable {
    var name: String
    var value: String?
    var valueFrom: ValueSource?
  }

  struct ValueSource: Codable {
    var fieldRef: FieldReference?
  }

  struct Resources: Codable {
    var limits: [String: String]?
    var requests: [String: String]?
  }

  struct Mount: Codable {
    var name: String
    var readOnly: Bool?
    var mountPath: String
  }

  struct Probe: Codable {
    var httpGet: HTTPGet?
    var initialDelaySeconds: Int32?
    var timeoutSeconds: Int32?
    var periodSeconds: Int32?
    var successThreshold: Int32?
    var failureThreshold: Int32?
  }

  struct HTTPGet: Codable {
    var path: String?
    var port: PortNumber
    var scheme: String?
  }

  enum PortNumber: Codable {
    case number(Int32)
    case name(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int32.self) {
        self = .number(number)
      } else {
        self = .name(try container.decode(String.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .name(let name): try container.encode(name)
      }
    }
  }

  struct SecurityContext: Codable {
    var runAsUser: Int64?
    var allowPrivilegeEscalation: Bool?
  }

  struct Toleration: Codable {
    var key: String?
    var `operator`: String?
    var effect: String?
    var tolerationSeconds: Int64?
  }

  struct Status: Codable {
    var phase: String?
    var conditions: [Condition]?
    var hostIP: String?
    var podIP: String?
    var podIPs: [Address]?
    var startTime: String?
    var containerStatuses: [ContainerStatus]?
    var qosClass: String?
  }

  struct Condition: Codable {
    var type: String
    var status: String
    var lastProbeTime: String?
    var lastTransitionTime: String?
  }

  struct Address: Codable {
    var ip: String
  }

  struct ContainerStatus: Codable {
    var name: String
    var state: State?
    var lastState: State?
    var ready: Bool
    var restartCount: Int32
    var image: String
    var imageID: String
    var containerID: String?
    var started: Bool?
  }

  struct State: Codable {
    var running: Running?
  }

  struct Running: Codable {
    var startedAt: String?
  }
}
