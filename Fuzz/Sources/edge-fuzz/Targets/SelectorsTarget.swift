import EdgeAPIModels
import EdgeJSON

/// Selectors of labels and fields come back from their texts and select the same.
func fuzzSelectors(_ bytes: [UInt8]) {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  let labels = ["a": "b", "app": "web", "tier": "", "n": "5", "x/y": "z"]
  if let selector = try? LabelSelector(parsing: text) {
    guard let again = try? LabelSelector(parsing: selector.description) else {
      fatalError("\(text) is written as \(selector), which is refused")
    }
    require(again == selector, "\(text) is written as \(selector), which is another selector")
    require(again.description == selector.description, "\(selector) is written as \(again)")
    require(
      selector.matches(labels) == selector.requirements.allSatisfy { $0.matches(labels) },
      "\(text) and its requirements select otherwise")
  }
  if let selector = try? FieldSelector(parsing: text) {
    guard let again = try? FieldSelector(parsing: selector.description) else {
      fatalError("\(text) is written as \(selector), which is refused")
    }
    require(again == selector, "\(text) is written as \(selector), which is another selector")
    _ = selector.matches { $0 == "a" ? "b" : "" }
  }
  if let value = try? JSONValue(parsing: bytes), let selector = try? LabelSelector(object: value) {
    _ = LabelSelector.formatted(object: value)
    guard selector.isSelectable, !selector.isEmpty else { return }
    guard let again = try? LabelSelector(parsing: selector.description) else {
      fatalError("\(text) is written as \(selector), which is refused")
    }
    require(again.matches(labels) == selector.matches(labels), "\(text) and \(selector) select otherwise")
  }
}
