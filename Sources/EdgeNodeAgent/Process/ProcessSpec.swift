/// What the process runtime needs to start one container: resolved, nothing left to expand.
public struct ProcessSpec: Hashable, Sendable {
  public var id: ContainerID
  /// Absolute path of the executable.
  public var executable: String
  /// Arguments after the executable's own name.
  public var arguments: [String]
  public var environment: [String: String]
  public var workingDirectory: String
  /// Standard output and error are appended here.
  public var logPath: String
  /// What it sees at other places of the file system than the rest of the machine does.
  var mounts: [VolumeBinding] = []

  /// Tells a later agent the address that the process may have bound.
  static let podIPEnvironmentName = "EDGE_POD_IP"

  public init(
    id: ContainerID, executable: String, arguments: [String], environment: [String: String], workingDirectory: String,
    logPath: String
  ) {
    self.id = id
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.logPath = logPath
  }
}

/// A path of this machine that a process sees at another place.
struct VolumeBinding: Hashable, Sendable {
  var source: String
  var target: String
  var isDirectory: Bool
  var isReadOnly: Bool
  /// Whether the process runs without it where the agent may not mount.
  var isOptional: Bool
}

/// How a process ended.
public enum ProcessExit: Hashable, Sendable {
  case exited(code: Int32)
  case signalled(Int32)
  /// The process ended while no agent was its parent, so the kernel kept no status for us.
  case unknown

  /// The exit code as a shell and Kubernetes report it: 128 + signal for a signal, 137 when unknown.
  public var code: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    case .unknown: 137
    }
  }
}

/// A process could not be started.
public struct ProcessError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    let name: String
    /// No such executable, or it may not be executed.
    public static let notRunnable = Code(name: "notRunnable")
    /// The log file or the working directory could not be prepared.
    public static let preparation = Code(name: "preparation")
    /// A volume could not be mounted.
    public static let notMounted = Code(name: "notMounted")
    /// The system refused to make another process.
    public static let refused = Code(name: "refused")
  }
  public let code: Code
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
