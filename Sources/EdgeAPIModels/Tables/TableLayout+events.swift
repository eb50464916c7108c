import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static let event = TableLayout([
    CellColumn("Last Seen", "Time since it last happened") { object, now in .string(lastSeen(object, now)) },
    .text("Type", "Normal or Warning", ["type"]), .text("Reason", "Why it happened, in one word", ["reason"]),
    CellColumn("Object", "What it happened to") { object, _ in
      let target = object["involvedObject"] ?? object["regarding"]
      let kind = target?["kind"]?.stringValue?.lowercased() ?? ""
      let name = target?["name"]?.stringValue ?? ""
      return .string(name.isEmpty ? kind : "\(kind)/\(name)")
    },
    CellColumn("Subobject", "Which part of the object", priority: 1) { object, _ in
      .string((object["involvedObject"] ?? object["regarding"])?["fieldPath"]?.stringValue ?? "")
    }, CellColumn("Source", "Who says so", priority: 1) { object, _ in .string(eventSource(object)) },
    CellColumn("Message", "What happened") { object, _ in
      .string(trimmed((object["message"] ?? object["note"])?.stringValue ?? ""))
    },
    CellColumn("First Seen", "Time since it first happened", priority: 1) { object, now in
      .string(firstSeen(object, now))
    },
    CellColumn("Count", "How often it happened", priority: 1) { object, _ in
      let count = (object["series"]?["count"] ?? object["count"] ?? object["deprecatedCount"])?.integerValue ?? 0
      return .integer(max(count, 1))
    },
    CellColumn("Name", format: "name", "Name of the event", priority: 1) { object, now in
      CellColumn.name.cell(object, now)
    },
  ])

  private static func firstSeen(_ event: JSONValue, _ now: Timestamp) -> String {
    let first = event["firstTimestamp"]?.stringValue ?? event["deprecatedFirstTimestamp"]?.stringValue
    return HumanDuration.since(first ?? event["eventTime"]?.stringValue, now)
  }

  private static func lastSeen(_ event: JSONValue, _ now: Timestamp) -> String {
    let last = event["series"]?["lastObservedTime"]?.stringValue ?? event["lastTimestamp"]?.stringValue
    guard let last = last ?? event["deprecatedLastTimestamp"]?.stringValue else { return firstSeen(event, now) }
    return HumanDuration.since(last, now)
  }

  private static func eventSource(_ event: JSONValue) -> String {
    let source = event["source"] ?? event["deprecatedSource"]
    func text(_ value: JSONValue?, _ other: JSONValue?) -> String {
      [value, other].compactMap { $0?.stringValue }.first { !$0.isEmpty } ?? ""
    }
    let component = text(source?["component"], event["reportingComponent"] ?? event["reportingController"])
    let host = text(source?["host"], event["reportingInstance"])
    return host.isEmpty ? component : "\(component), \(host)"
  }

  private static func trimmed(_ text: String) -> String {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
