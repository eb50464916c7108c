import EdgeJSON

@testable import EdgeAPIModels

/// A merge patch leads from any object to any other without nulls, and applied twice it changes nothing more. The input
/// is `[original, modified, current]`.
func fuzzMergePatch(_ bytes: [UInt8]) {
  guard let input = try? JSONValue(parsing: bytes).arrayValue, input.count >= 2 else { return }
  let (original, modified) = (input[0], input[1])
  let applied = JSONMergePatch.apply(modified, to: original)
  // Nulls in an array are kept where it replaces an object, and left out where it replaces an array.
  if applied.withoutNullMembers == applied {
    require(JSONMergePatch.apply(modified, to: applied) == applied, "\(modified.text) changes \(applied.text)")
  }
  _ = try? JSONMergePatch.applyAsKubernetes(modified, to: original)
  if let patch = try? JSONMergePatch.create(from: original, to: modified), original.arrayValue == nil,
    case .object(let content) = modified, modified.withoutNullMembers == modified,
    !content.contains(where: { $1.isNull })
  {
    let result = JSONMergePatch.apply(patch, to: original.isNull ? [:] : original)
    require(result.isNumericallyEqual(to: modified), "\(patch.text) on \(original.text) gives \(result.text)")
  }
  if input.count > 2 {
    _ = try? JSONMergePatch.createThreeWay(original: original, modified: modified, current: input[2])
  }
}
