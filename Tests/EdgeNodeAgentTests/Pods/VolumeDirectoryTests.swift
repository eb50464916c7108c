#if Networking && canImport(Glibc)
import Glibc
import Testing

@testable import EdgeNodeAgent

@Suite("VolumeDirectory") struct VolumeDirectoryTests {
  private let volume = VolumeDirectory(path: "\(temporaryDirectory())/v")

  private func file(_ path: String, _ content: String, mode: UInt32 = 0o644) -> VolumeFile {
    VolumeFile(path: path, content: Array(content.utf8), mode: mode)
  }

  private func read(_ path: String) -> String? {
    readFile("\(volume.path)/\(path)", limit: 4096).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("all files change at once: they are links through one that is exchanged")
  func exchange() throws {
    #expect(try volume.write([file("a", "1"), file("deep/b", "2", mode: 0o400)]))
    #expect(read("a") == "1" && read("deep/b") == "2")
    #expect(volume.content(of: "deep/b") == Array("2".utf8))
    // Somebody who holds the old generation open still sees one state.
    let old = open("\(volume.path)/..data", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(old) }
    #expect(try volume.write([file("a", "3"), file("c", "4")]))
    #expect(read("a") == "3" && read("c") == "4" && read("deep/b") == nil)
    var information = stat()
    #expect(lstat("\(volume.path)/deep", &information) != 0)
    #expect(volume.content(of: "../x") == nil)
  }

  @Test("what is the same already is left alone")
  func unchanged() throws {
    let files = [file("a", "1"), file("b/c", "2", mode: 0o600)]
    #expect(try volume.write(files))
    #expect(try !volume.write(files))
    #expect(try volume.write([file("a", "1"), file("b/c", "2", mode: 0o644)]))
    #expect(try volume.write([file("a", "1")]))
    #expect(try volume.write([]))
    #expect(try !volume.write([]))
  }
}
#endif
