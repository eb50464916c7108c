import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Quantities against the answers of `k8s.io/apimachinery/pkg/api/resource`.
@Suite("Quantity vectors")
struct QuantityVectorTests {
  @Test("quantities parse, print, scale and round as in Kubernetes")
  func parse() throws {
    let summary = try VectorRunner("quantity-parse").run { vector in
      let text = vector["in"].stringValue ?? ""
      let quantity: Quantity
      do throws(QuantityError) {
        quantity = try Quantity(parsing: text)
      } catch {
        return try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
      }
      try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
      try vector.expect(quantity.description, equals: vector["canonical"].stringValue, "canonical")
      try vector.expect("\(quantity.format)", equals: Self.name(of: vector["format"]), "format")
      try vector.expect(quantity.isZero, equals: vector["isZero"].boolValue, "isZero")
      try vector.expect(Int64(quantity.signum), equals: vector["sign"].integerValue, "sign")
      try vector.expect(quantity.decimalText, equals: vector["asDec"].stringValue, "asDec")
      try vector.expect(quantity.asInt64.map(String.init), equals: vector["asInt64"].stringValue, "asInt64")
      try vector.expect(String(quantity.value), equals: vector["value"].stringValue, "value")
      try vector.expect(String(quantity.milliValue), equals: vector["milliValue"].stringValue, "milliValue")
      for exponent in [-9, -6, -3, 0, 3, 6] {
        let scale = try #require(Quantity.Scale(exponent))
        let expected = vector["scaled_\(exponent)"].stringValue
        try vector.expect(String(quantity.scaledValue(scale)), equals: expected, "scaled_\(exponent)")
      }
      let approximation = try #require(vector["approxFloat"].doubleValue)
      try vector.expect(quantity.approximateDouble, equals: approximation, "approxFloat")
      var rounded = quantity
      try vector.expect(rounded.roundUp(to: .one), equals: vector["roundUp0"]["exact"]?.boolValue, "roundUp0 exact")
      try vector.expect(rounded.description, equals: vector["roundUp0"]["canonical"]?.stringValue, "roundUp0")
      let again = try Quantity(parsing: quantity.description)
      try vector.expect(again == quantity, equals: vector["roundTripEqual"].boolValue, "roundTripEqual")
      try vector.expect(try Quantity(json: quantity.json), equals: quantity, "what is written reads back")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed > 1_000)
  }

  @Test("quantities are made from integers as in Kubernetes")
  func new() throws {
    let summary = try VectorRunner("quantity-new").run { vector in
      let value = try #require(vector["value"].stringValue.flatMap { Int64($0) })
      let format = try #require(Self.formats[vector["format"].stringValue ?? ""])
      let scale = try #require(vector["scale"].integerValue.flatMap { Quantity.Scale(Int($0)) })
      try vector.expect(
        Quantity(value, format: format).description, equals: vector["newQuantity"].stringValue, "newQuantity")
      try vector.expect(
        Quantity(milli: value, format: format).description, equals: vector["newMilli"].stringValue, "newMilli")
      try vector.expect(
        Quantity(value, scale: scale).description, equals: vector["newScaled"].stringValue, "newScaled")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("quantities compare, add, subtract, negate and multiply as in Kubernetes")
  func operations() throws {
    let summary = try VectorRunner("quantity-ops").run { vector in
      let a = try Quantity(parsing: vector["a"].stringValue ?? "")
      let b = try Quantity(parsing: vector["b"].stringValue ?? "")
      try vector.expect(Int64(a.compared(to: b)), equals: vector["cmp"].integerValue, "cmp")
      try vector.expect(a == b, equals: vector["equal"].boolValue, "equal")
      if a == b { try vector.expect(a.hashValue, equals: b.hashValue, "hash") }
      try vector.expect((a + b).description, equals: vector["add"].stringValue, "add")
      try vector.expect((a - b).description, equals: vector["sub"].stringValue, "sub")
      try vector.expect((-a).description, equals: vector["negA"].stringValue, "negA")
      let factor = try #require(vector["mulK"].integerValue)
      let (product, fitsWord) = a.multiplied(by: factor)
      try vector.expect(product.description, equals: vector["mul"].stringValue, "mul")
      try vector.expect(fitsWord, equals: vector["mulExact"].boolValue, "mulExact")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  private static let formats: [String: Quantity.Format] = [
    "DecimalSI": .decimalSI, "BinarySI": .binarySI, "DecimalExponent": .decimalExponent,
  ]

  private static func name(of format: JSONValue) -> String? {
    format.stringValue.flatMap { formats[$0] }.map { "\($0)" }
  }
}
