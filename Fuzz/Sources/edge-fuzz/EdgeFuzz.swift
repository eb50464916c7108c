import CLibFuzzer

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the fuzzer can be pointed at with `$FUZZ_TARGET`. A new target is one file in Targets/, one line here and a folder
/// of seeds in Corpus/.
let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "frames": fuzzFrames,
  "greeting": fuzzGreeting,
  "journal": fuzzJournal,
  "json": fuzzJSON,
  "jsonpatch": fuzzJSONPatch,
  "jsonpath": fuzzJSONPath,
  "mergepatch": fuzzMergePatch,
  "message": fuzzMessage,
  "pattern": fuzzPattern,
  "protobuf": fuzzProtobuf,
  "quantity": fuzzQuantity,
  "requestinfo": fuzzRequestInfo,
  "selectors": fuzzSelectors,
  "strategic": fuzzStrategic,
  "structural-schema": fuzzStructuralSchema,
  "times": fuzzTimes,
  "typed-json": fuzzTypedJSON,
  "validation": fuzzValidation,
  "watch": fuzzWatch,
  "websocket": fuzzWebSocket,
  "yaml": fuzzYAML,
  "zlib": fuzzZlib,
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    fatalError("FUZZ_TARGET must be one of \(targets.keys.sorted().joined(separator: ", "))")
  }
  return target
}()

@main
enum EdgeFuzz {
  static func main() {
    var count = CommandLine.argc
    var arguments = Optional(CommandLine.unsafeArgv)
    let status = LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      // Sound: libFuzzer gives `count` readable bytes, which are copied before it takes them back.
      target(Array(UnsafeBufferPointer(start: start, count: count)))
      return 0
    }
    exit(status)
  }
}

/// Ends the process, so that libFuzzer keeps the input.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { fatalError(message()) }
}
