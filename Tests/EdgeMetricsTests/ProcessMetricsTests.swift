#if Networking
import Testing

@testable import EdgeMetrics

@Suite struct ProcessMetricsTests {
  @Test("a program's name may hold blanks and parentheses")
  func programName() throws {
    let line =
      "42 (a) R 1 (b) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 3 0 7700 1048576 256 18446744073709551615 1 1 0\n"
    let status = try #require(ProcStat(line: line))
    #expect(status.cpuTicks == 200)
    #expect(status.startTicks == 7700)
    #expect(status.virtualBytes == 1_048_576)
    #expect(status.residentPages == 256)
  }

  @Test("a line that is cut short, empty or of another form gives nothing")
  func badLines() {
    for line in ["", "42 (a", "42 (a) S 1 2", "42 (a) S a b c d e f g h i j k l m n o p q r s t u v w"] {
      #expect(ProcStat(line: line) == nil)
    }
    #expect(ProcStat.bootSeconds("cpu 1 2\nbtime x\n") == nil)
    #expect(ProcStat.maximumDescriptors("") == nil)
    #expect(ProcStat.maximumDescriptors("Max open files  1024  4096  files") == 1024)
  }

  #if os(Linux)
  @Test("this process is described: it has used memory, files and time, and began before now")
  func ownProcess() throws {
    var page = MetricsText()
    ProcessMetrics.write(to: &page)
    let values = Dictionary(
      uniqueKeysWithValues: page.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
        let parts = line.split(separator: " ")
        return (String(parts[0]), Double(parts[1]) ?? -1)
      })
    #expect(values.count == 6)
    #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
    #expect(try #require(values["process_open_fds"]) >= 3)
    #expect(try #require(values["process_start_time_seconds"]) > 1_600_000_000)
    #expect(try #require(values["process_cpu_seconds_total"]) >= 0)
  }
  #endif
}
#endif
