import EdgeJSON

extension ObjectDefaults {
  static func workload(_ object: inout JSONObject, _ kind: String) {
    object.change("spec") { spec in
      switch kind {
      case "Deployment": deployment(&spec)
      case "ReplicaSet": spec.fill("replicas", 1)
      case "DaemonSet": daemonSet(&spec)
      case "StatefulSet": statefulSet(&spec)
      default: return
      }
      template(&spec)
    }
  }

  static func deployment(_ spec: inout JSONObject) {
    spec.fill("replicas", 1)
    spec.fill("revisionHistoryLimit", 10)
    spec.fill("progressDeadlineSeconds", 600)
    spec.changeOrMake("strategy") { strategy in
      strategy.fillText("type", "RollingUpdate")
      guard strategy["type"] == "RollingUpdate" else { return }
      strategy.changeOrMake("rollingUpdate") { update in
        update.fill("maxSurge", "25%")
        update.fill("maxUnavailable", "25%")
      }
    }
  }

  private static func daemonSet(_ spec: inout JSONObject) {
    spec.fill("revisionHistoryLimit", 10)
    spec.changeOrMake("updateStrategy") { strategy in
      strategy.fillText("type", "RollingUpdate")
      guard strategy["type"] == "RollingUpdate" else { return }
      strategy.changeOrMake("rollingUpdate") { update in
        update.fill("maxSurge", 0)
        update.fill("maxUnavailable", 1)
      }
    }
  }

  static func statefulSet(_ spec: inout JSONObject) {
    spec.fill("replicas", 1)
    spec.fill("revisionHistoryLimit", 10)
    spec.fillText("podManagementPolicy", "OrderedReady")
    spec.changeOrMake("updateStrategy") { strategy in
      strategy.fillText("type", "RollingUpdate")
      guard strategy["type"] == "RollingUpdate" else { return }
      strategy.changeOrMake("rollingUpdate") { $0.fill("partition", 0) }
    }
    spec.changeOrMake("persistentVolumeClaimRetentionPolicy") { policy in
      policy.fillText("whenDeleted", "Retain")
      policy.fillText("whenScaled", "Retain")
    }
    spec.changeEach("volumeClaimTemplates") { claim in
      claim.fillText("apiVersion", "v1")
      claim.fillText("kind", "PersistentVolumeClaim")
      self.claim(&claim)
    }
  }

  static func batch(_ object: inout JSONObject, _ kind: String) {
    switch kind {
    case "Job":
      object.change("spec") { job(&$0) }
      jobLabels(&object)
    case "CronJob":
      object.change("spec") { spec in
        spec.fillText("concurrencyPolicy", "Allow")
        spec.fill("suspend", false)
        spec.fill("successfulJobsHistoryLimit", 3)
        spec.fill("failedJobsHistoryLimit", 1)
        // The job's own defaults come when it is made.
        spec.change("jobTemplate") { $0.change("spec") { template(&$0) } }
      }
    default: break
    }
  }

  private static func job(_ spec: inout JSONObject) {
    let hasCompletions = spec["completions"].map { !$0.isNull } ?? false
    let hasParallelism = spec["parallelism"].map { !$0.isNull } ?? false
    if !hasCompletions, !hasParallelism { spec.fill("completions", 1) }
    spec.fill("parallelism", 1)
    let isLimitedByIndex = spec["backoffLimitPerIndex"].map { !$0.isNull } ?? false
    spec.fill("backoffLimit", isLimitedByIndex ? .integer(Int64(Int32.max)) : 6)
    spec.fillText("completionMode", "NonIndexed")
    spec.fill("suspend", false)
    let hasFailurePolicy = spec["podFailurePolicy"].map { !$0.isNull } ?? false
    spec.fillText("podReplacementPolicy", hasFailurePolicy ? "Failed" : "TerminatingOrFailed")
    template(&spec)
  }

  /// A job without labels takes those of its pods.
  private static func jobLabels(_ object: inout JSONObject) {
    guard let labels = object[path: ["spec", "template", "metadata", "labels"]], labels.objectValue?.isEmpty == false
    else { return }
    if object[path: ["metadata", "labels"]]?.objectValue?.isEmpty ?? true {
      object.change("metadata") { $0["labels"] = labels }
    }
  }
}
