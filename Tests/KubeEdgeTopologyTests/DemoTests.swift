#if Networking && SQLite && YAML && canImport(Glibc)
import Glibc
import Testing

/// The whole story with real processes, sockets and files; see `DemoStory`.
@Suite("The KubeEdge topology") struct DemoTests {
  @Test(
    "every observation of the demo holds (FF-01, FF-03, FF-04, FF-05, FF-06, FF-08, FF-19)", .timeLimit(.minutes(5)))
  func story() async throws {
    let program = try Program()
    let result = await program.run(["demo", "--manifests", program.manifests])
    let failures = result.output.split(separator: "\n").filter { $0.contains("FAILED") }
    #expect(failures.isEmpty, "\(result.output.suffix(6000))")
    #expect(result.status == 0, "\(result.output.suffix(6000))")
    #expect(result.output.contains("0 failed"))
  }
}
#endif
