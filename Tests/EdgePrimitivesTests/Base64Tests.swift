import EdgePrimitives
import Testing

@Suite("Base64") struct Base64Tests {
  @Test(
    "the vectors of RFC 4648, both ways",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")])
  func vectors(plain: String, encoded: String) {
    #expect(Base64.encode(plain.utf8) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
    let urlSafe = String(encoded.filter { $0 != "=" })
    #expect(Base64.encodeURLSafe(plain.utf8) == urlSafe)
    #expect(Base64.decodeURLSafe(urlSafe) == Array(plain.utf8))
  }

  @Test("the two alphabets differ in two digits and are not mixed")
  func alphabets() {
    #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    #expect(Base64.encodeURLSafe([0xFB, 0xFF]) == "-_8")
    #expect(Base64.decode("-_8=") == nil)
    #expect(Base64.decodeURLSafe("+/8") == nil)
  }

  @Test(
    "what is not base64 is refused",
    arguments: ["Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z g=", "Zg==Zg==", "====", "ö==="])
  func refused(text: String) { #expect(Base64.decode(text) == nil) }

  @Test("line breaks are passed over in the standard form only")
  func lineBreaks() {
    #expect(Base64.decode("Zm9v\r\nYmFy\n") == Array("foobar".utf8))
    #expect(Base64.decodeURLSafe("Zm9v\n") == nil)
  }

  @Test("every byte string survives", arguments: [UInt64(1), 2, 3])
  func roundTrip(seed: UInt64) {
    let entropy = SeededEntropy(seed: seed)
    for length in 0..<200 {
      let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64.decodeURLSafe(Base64.encodeURLSafe(bytes)) == bytes)
    }
  }
}
