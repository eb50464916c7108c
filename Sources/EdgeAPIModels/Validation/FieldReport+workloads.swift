import EdgeJSON

/// Controllers of pods. Source: `pkg/apis/apps/validation` and `pkg/apis/batch/validation` of Kubernetes.
extension FieldReport {
  /// A selector, and a template that it selects.
  mutating func workload(_ root: Field, kind: String) {
    require(root["spec"])
    workloadSpec(root["spec"], kind: kind)
  }

  mutating func workloadSpec(_ spec: Field, kind: String) {
    guard isObject(spec) else { return }
    if kind != "DaemonSet" { count(spec["replicas"]) }
    nonNegative(spec, ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"])
    switch kind {
    case "Deployment": deployment(spec)
    case "DaemonSet": updateStrategy(spec["updateStrategy"], allowsBoth: false)
    case "StatefulSet": statefulSet(spec)
    default: break
    }
    let template = spec["template"]
    require(template)
    templateMetadata(template)
    selector(spec["selector"], templateLabels: template["metadata"]["labels"], kind: kind.lowercased())
    require(template["spec"])
    podSpec(template["spec"], restartPolicies: ["Always"])
  }

  private mutating func templateMetadata(_ template: Field) {
    labels(template["metadata"]["labels"])
    annotations(template["metadata"]["annotations"])
  }

  private mutating func deployment(_ spec: Field) {
    let strategy = spec["strategy"]
    let type = choice(strategy["type"], ["Recreate", "RollingUpdate"])
    if type == "Recreate", strategy["rollingUpdate"].isPresent {
      add(
        .forbidden(
          strategy["rollingUpdate"].path, "may not be specified when strategy `type` is 'Recreate'"))
    } else {
      rollingUpdate(strategy["rollingUpdate"], allowsBoth: true)
    }
    if let deadline = integer(spec["progressDeadlineSeconds"]), let ready = integer(spec["minReadySeconds"]),
      deadline <= ready
    {
      add(
        .invalid(
          spec["progressDeadlineSeconds"].path, .integer(deadline), "must be greater than minReadySeconds"))
    }
  }

  private mutating func updateStrategy(_ strategy: Field, allowsBoth: Bool) {
    guard strategy.isPresent, isObject(strategy) else { return }
    choice(strategy["type"], ["RollingUpdate", "OnDelete"])
    rollingUpdate(strategy["rollingUpdate"], allowsBoth: allowsBoth)
  }

  /// How many pods may be missing or extra; at least one of the two, or nothing would ever change.
  private mutating func rollingUpdate(_ update: Field, allowsBoth: Bool) {
    guard update.isPresent, isObject(update) else { return }
    let missing = countOrShare(update["maxUnavailable"])
    let extra = countOrShare(update["maxSurge"])
    if let missing, missing.isShare, missing.number > 100 {
      add(
        .invalid(
          update["maxUnavailable"].path, update["maxUnavailable"].value ?? .null, "must not be greater than 100%"))
    }
    guard let missing, let extra else { return }
    if missing.number == 0, extra.number == 0 {
      add(
        .invalid(
          update["maxUnavailable"].path, update["maxUnavailable"].value ?? .null,
          allowsBoth ? "may not be 0 when `maxSurge` is 0" : "cannot be 0 when maxSurge is 0"))
    }
    if !allowsBoth, missing.number != 0, extra.number != 0 {
      add(
        .invalid(
          update["maxSurge"].path, update["maxSurge"].value ?? .null, "may not be set when maxUnavailable is non-zero"))
    }
  }

  private mutating func statefulSet(_ spec: Field) {
    if let policy = string(spec["podManagementPolicy"]), !["OrderedReady", "Parallel"].contains(policy) {
      add(
        .invalid(spec["podManagementPolicy"].path, .string(policy), "must be 'OrderedReady' or 'Parallel'"))
    }
    if let type = string(spec["updateStrategy"]["type"]), !["RollingUpdate", "OnDelete"].contains(type) {
      add(
        .invalid(
          spec["updateStrategy"].path, spec["updateStrategy"].value ?? .null, "must be 'RollingUpdate' or 'OnDelete'"))
    }
    count(spec["updateStrategy"]["rollingUpdate"]["partition"])
    for moment in ["whenDeleted", "whenScaled"] {
      choice(spec["persistentVolumeClaimRetentionPolicy"][moment], ["Retain", "Delete"])
    }
    _ = string(spec["serviceName"])
    var names: Set<String> = []
    for claim in items(spec["volumeClaimTemplates"]) where isObject(claim) {
      unique(requiredName(claim["metadata"]["name"], .dnsSubdomain), in: &names, at: claim["metadata"]["name"].path)
      claimSpec(claim["spec"])
    }
  }

  mutating func job(_ root: Field) {
    require(root["spec"])
    jobSpec(root["spec"])
  }

  private mutating func jobSpec(_ spec: Field) {
    guard isObject(spec) else { return }
    nonNegative(
      spec,
      [
        "parallelism", "completions", "backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes",
        "ttlSecondsAfterFinished",
      ])
    _ = integer(spec["activeDeadlineSeconds"], in: 0...(.max))
    if choice(spec["completionMode"], ["NonIndexed", "Indexed"]) == "Indexed", !spec["completions"].isPresent {
      add(.required(spec["completions"].path, "when completion mode is Indexed"))
    }
    choice(spec["podReplacementPolicy"], ["Failed", "TerminatingOrFailed"])
    _ = bool(spec["suspend"])
    labelSelector(spec["selector"])
    let template = spec["template"]
    require(template)
    templateMetadata(template)
    require(template["spec"])
    podSpec(template["spec"], restartPolicies: ["OnFailure", "Never", "Always"])
    // Kubernetes says so of the default, which is Always, too.
    if isObject(template["spec"]), [nil, "Always"].contains(template["spec"]["restartPolicy"].value) {
      add(
        .required(
          template["spec"]["restartPolicy"].path, "valid values: \"OnFailure\", \"Never\""))
    }
  }

  mutating func cronJob(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    if let name = root["metadata"]["name"].value?.stringValue, name.utf8.count > 52 {
      add(.invalid(root["metadata"]["name"].path, .string(name), "must be no more than 52 characters"))
    }
    guard isObject(spec) else { return }
    if let schedule = requiredString(spec["schedule"]) {
      if let problem = CronText.problem(in: schedule) {
        add(.invalid(spec["schedule"].path, .string(schedule), problem))
      }
    }
    _ = integer(spec["startingDeadlineSeconds"], in: 0...(.max))
    choice(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
    nonNegative(spec, ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
    _ = bool(spec["suspend"])
    require(spec["jobTemplate"])
    jobSpec(spec["jobTemplate"]["spec"])
  }

  private mutating func selector(_ selector: Field, templateLabels: Field, kind: String) {
    require(selector)
    guard let value = selector.value, isObject(selector) else { return }
    do {
      let parsed = try LabelSelector(object: value)
      if parsed.isEmpty {
        add(.invalid(selector.path, value, "empty selector is invalid for \(kind)"))
      } else if let labels = templateLabels.value?.objectValue ?? (templateLabels.isPresent ? nil : JSONObject()) {
        let strings = ObjectMeta(content: ["labels": .object(labels)]).labels
        if !parsed.matches(strings) {
          add(.invalid(templateLabels.path, .object(labels), "`selector` does not match template `labels`"))
        }
      }
    } catch {
      add(.invalid(selector.path, value, error.message))
    }
  }
}
