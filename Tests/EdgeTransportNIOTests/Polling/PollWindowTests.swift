#if Networking
import Testing

@testable import EdgeTransportNIO

@Suite("how long to poll before sleep")
struct PollWindowTests {
  private static let maximum: Int64 = 100_000

  private func open() -> PollWindow {
    var window = PollWindow(maximum: Self.maximum)
    for _ in 0..<PollWindow.firstPatience { window.waited(60_000) }
    return window
  }

  @Test("it opens after several quick waits in a row, and not before")
  func opens() {
    var window = PollWindow(maximum: Self.maximum)
    for _ in 1..<PollWindow.firstPatience {
      window.waited(250_000)
      #expect(window.current == 0)
    }
    window.waited(250_000)
    #expect(window.current == Self.maximum)
  }

  @Test("one long wait among the quick ones begins the count anew")
  func inARow() {
    var window = PollWindow(maximum: Self.maximum)
    for wait: Int64 in [60_000, 60_000, 60_000, 301_000, 60_000, 60_000, 60_000] { window.waited(wait) }
    #expect(window.current == 0)
    window.waited(60_000)
    #expect(window.current == Self.maximum)
  }

  @Test("it stays while messages come within it, halves when they do not, and doubles when they come soon after")
  func growsAndShrinks() {
    var window = open()
    var transcript: [Int64] = []
    for wait: Int64 in [99_000, 150_000, 150_000, 20_000, 30_000, 90_000, 99_000] {
      window.waited(wait)
      transcript.append(window.current)
    }
    #expect(transcript == [100_000, 50_000, 25_000, 25_000, 50_000, 100_000, 100_000])
  }

  @Test("it gives up when polling is in vain, and each time asks for twice as many quick waits before the next try")
  func givesUp() {
    var window = open()
    var patience: [Int] = []
    for _ in 0..<12 {
      while window.current > 0 { window.waited(200_000) }
      var count = 0
      while window.current == 0 {
        window.waited(200_000)
        count += 1
      }
      patience.append(count)
    }
    #expect(patience == [8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024, 1024, 1024])
  }

  @Test("polling that pays off makes the next try as easy as the first")
  func recovers() {
    var window = open()
    for _ in 0..<4 { window.waited(200_000) }
    #expect(window.current == 0)
    for _ in 0..<8 { window.waited(60_000) }
    window.waited(60_000)
    window.waited(1_000_000_000)
    for _ in 0..<PollWindow.firstPatience { window.waited(60_000) }
    #expect(window.current == Self.maximum)
  }

  @Test("silence closes it at once")
  func silence() {
    var window = open()
    window.waited(10_001_000)
    #expect(window.current == 0)
  }

  @Test("it never goes beyond its maximum, and with none it never opens", arguments: [0, -5, 1, 100_000] as [Int64])
  func bounded(maximum: Int64) {
    var window = PollWindow(maximum: maximum)
    for round: Int64 in 0..<10_000 {
      window.waited((round &* 7919) % max(2, maximum * 2))
      #expect((0...max(0, maximum)).contains(window.current))
    }
    if maximum <= 0 { #expect(window.current == 0) }
  }
}
#endif
