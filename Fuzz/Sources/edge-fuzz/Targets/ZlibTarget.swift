import EdgeCompression

/// Any stream is read or refused, within its bound; any text comes back from its stream, whatever the effort and the
/// dictionary.
///
/// The first byte of the input chooses the direction.
func fuzzZlib(_ bytes: [UInt8]) {
  guard let choice = bytes.first else { return }
  let dictionary = choice & 1 == 0 ? nil : CompressionDictionary.kubernetes1
  let decompressor = ZlibDecompressor(dictionary: dictionary)
  var compressor = ZlibCompressor(dictionary: dictionary, effort: choice & 2 == 0 ? .fast : .thorough)
  var text = Array(bytes.dropFirst())
  if choice & 4 == 0 {
    guard let found = try? decompressor.decompress(text, maximumBytes: 100_000) else { return }
    require(found.count <= 100_000, "more came out than was allowed")
    text = found
  }
  let back = try? decompressor.decompress(compressor.compress(text), maximumBytes: text.count)
  require(back == text, "another text came back")
}
