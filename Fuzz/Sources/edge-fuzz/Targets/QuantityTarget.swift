import EdgeAPIModels

/// An amount comes back from its text, which does not change any more; the laws of numbers hold.
///
/// The lines of the input are amounts.
func fuzzQuantity(_ bytes: [UInt8]) {
  let quantities = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false).compactMap { line in
    line.withUnsafeBufferPointer { try? Quantity(parsing: $0) }
  }
  for quantity in quantities {
    let text = text(quantity)
    guard let again = try? Quantity(parsing: text) else { fatalError("\(text) is not read") }
    require(again == quantity && again.hashValue == quantity.hashValue, "\(text) is another amount")
    require(EdgeFuzz.text(again) == text, "\(text) is written as \(EdgeFuzz.text(again))")
    require(-(-quantity) == quantity, "twice negated, \(text) is another amount")
    require((quantity - quantity).isZero, "\(text) minus itself is something")
    require(quantity + .zero == quantity, "\(text) and nothing is another amount")
    require((-quantity).signum == -quantity.signum, "the sign of \(text)")
    _ = (quantity.description, quantity.value, quantity.milliValue, quantity.asInt64, quantity.approximateDouble)
    _ = (quantity * .min, quantity * 7, quantity.decimalText)
    for scale in [Quantity.Scale.nano, .micro, .milli, .one, .kilo, .exa] {
      var rounded = quantity
      let isExact = rounded.roundUp(to: scale)
      require(isExact ? rounded == quantity : rounded != quantity, "\(text) rounded up")
      require(rounded.roundUp(to: scale), "\(text) rounded up twice")
    }
  }
  guard quantities.count >= 2 else { return }
  let (left, right) = (quantities[0], quantities[1])
  let texts = { "\(EdgeFuzz.text(left)) and \(EdgeFuzz.text(right))" }
  require(left.compared(to: right) == -right.compared(to: left), "\(texts()) compare otherwise the other way round")
  require(left + right == right + left, "the sum of \(texts()) depends on their order")
  require((left + right) - right == left, "\(texts()) do not come apart again")
  require((left - right).signum == left.compared(to: right), "\(texts()) compare otherwise than their difference")
  if left == right { require(left.hashValue == right.hashValue, "\(texts()) are equal, their hashes are not") }
  if quantities.count > 2, left < right, right < quantities[2] { require(left < quantities[2], "no order") }
}

extension EdgeFuzz {
  fileprivate static func text(_ quantity: Quantity) -> String {
    var bytes: [UInt8] = []
    quantity.append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

private func text(_ quantity: Quantity) -> String { EdgeFuzz.text(quantity) }
