#if Networking && SQLite && YAML && canImport(Glibc)
import Glibc
import Testing

@Suite("Command line") struct CommandLineTests {
  @Test(
    "every subcommand explains itself",
    arguments: ["cloud", "edge", "device", "demo", "apply", "get", "delete", "token", "edge-app"])
  func help(subcommand: String) async throws {
    let result = await (try Program()).run([subcommand, "--help"])
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: kubeedge-topology \(subcommand)"))
  }

  @Test(
    "a command line that makes no sense is refused with the reason",
    arguments: [
      (["edge", "--label", "novalue"], "KEY=VALUE"), (["edge", "--pod-cidr", "10.0.0.0"], "no IPv4 block"),
      (["edge", "--token", "a", "--token-file", "b"], "exclude each other"),
      (["device", "--listen", "nowhere"], "listen"),
      (["delete", "pod"], "name the objects"), (["get", "teapots", "--kubeconfig", "/no/such/file"], "/no/such/file"),
      (["token", "--data-dir", "/no/such/dir"], "/no/such/dir"),
      (["demo", "--manifests", "/no/such/dir"], "/no/such/dir"),
    ])
  func nonsense(arguments: [String], words: String) async throws {
    let result = await (try Program()).run(arguments)
    #expect(result.status != 0)
    #expect(result.output.contains(words), "\(result.output)")
  }

  @Test("malformed manifests name their place before anything is sent")
  func malformedManifests() async throws {
    let program = try Program()
    for (manifest, words) in [
      ("kind: ConfigMap\n", "apiVersion"),
      ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n", "metadata.name"),
      ("apiVersion: v1\nkind: ConfigMap\n  metadata: {name: x}\n", "3"),
      ("apiVersion: v2\nkind: Nonsense\nmetadata: {name: x}\n", "Nonsense"),
      ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}\n", "name"), ("", "no objects"),
    ] {
      let path = "\(program.directory)/manifest.yaml"
      program.write(manifest, to: path)
      let result = await program.run(["apply", "-f", path, "--kubeconfig", "/no/such/file"])
      #expect(result.status != 0)
      #expect(result.output.contains(words), "\(manifest): \(result.output)")
      #expect(!result.output.contains("/no/such/file"), "it went on to the cloud: \(manifest)")
    }
  }
}
#endif
