#if Networking
import DeviceTwinKit
import EdgePrimitives
import Synchronization

/// A climate sensor with a heater, as a Modbus register bank: something to poll and to write that has its own will.
///
/// | table | address | meaning |
/// |---|---|---|
/// | input register | 0 | temperature in degrees Celsius, int16, scale 1; drifts towards the set point |
/// | input register | 1 | relative humidity in percent, 0...100 |
/// | input register | 2 | number of writes to the set point since the start, modulo 65536 |
/// | input register | 3 | uptime in seconds, modulo 65536 |
/// | holding register | 0 | set point in degrees Celsius, int16; 5...40, **clamped** outside |
/// | holding register | 1 | alarm threshold in degrees Celsius, int16 |
/// | coil | 0 | heater on; off, the temperature drifts to 15 degrees in place of the set point |
/// | discrete input | 0 | alarm: the temperature is at or above the threshold |
///
/// Any unit id is answered. Everything else is exception 2. ``run(every:clock:)`` makes it drift; without it the
/// readings stand still, which suits tests.
public final class SensorSimulator: ModbusRegisterBank {
  public static let setPointRange = 5...40

  private struct State {
    var temperature: Double
    var humidity: Double
    var setPoint = 21
    var alarmThreshold = 60
    var isHeaterOn = true
    var setPointWrites = 0
    var uptimeSeconds = 0
  }

  private let state: Mutex<State>
  private let entropy: any EntropySource

  public init(temperature: Double = 20, humidity: Double = 45, entropy: any EntropySource = SystemEntropy()) {
    state = Mutex(State(temperature: temperature, humidity: humidity))
    self.entropy = entropy
  }

  /// Moves the simulation on every `interval` until the task is cancelled.
  public func run(every interval: Duration = .seconds(1), clock: some Clock<Duration> = ContinuousClock()) async {
    let start = clock.now
    while (try? await clock.sleep(for: interval, tolerance: nil)) != nil {
      advance()
      let uptime = start.duration(to: clock.now).components.seconds
      state.withLock { $0.uptimeSeconds = Int(uptime) }
    }
  }

  /// One step: a tenth of the way to the target, and a little noise.
  public func advance() {
    let noise = entropy.unitInterval() - 0.5
    let damp = entropy.unitInterval() - 0.5
    state.withLock { state in
      let target = state.isHeaterOn ? Double(state.setPoint) : 15
      state.temperature += (target - state.temperature) / 10 + noise / 5
      state.humidity = min(100, max(0, state.humidity + damp))
    }
  }

  /// What the registers hold, for those who watch the simulation from inside its process.
  public var setPoint: Int { state.withLock { $0.setPoint } }
  public var setPointWrites: Int { state.withLock { $0.setPointWrites } }
  public var temperature: Int { state.withLock { Int($0.temperature.rounded()) } }

  /// Turns the knob on the device itself; not counted as a write.
  public func turnKnob(to setPoint: Int) {
    state.withLock { $0.setPoint = Self.clamped(setPoint) }
  }

  private static func clamped(_ setPoint: Int) -> Int {
    min(max(setPoint, setPointRange.lowerBound), setPointRange.upperBound)
  }

  public func hasUnit(_ unit: UInt8) -> Bool { true }

  public func readBits(_ table: ModbusTable, address: UInt16, count: Int, unit: UInt8) throws(ModbusException) -> [Bool]
  {
    guard address == 0, count == 1 else { throw .illegalDataAddress }
    return state.withLock { state in
      table == .coils ? [state.isHeaterOn] : [Int(state.temperature.rounded()) >= state.alarmThreshold]
    }
  }

  public func readRegisters(
    _ table: ModbusTable, address: UInt16, count: Int, unit: UInt8
  ) throws(ModbusException) -> [UInt16] {
    let registers = state.withLock { state in
      table == .inputRegisters
        ? [Int(state.temperature.rounded()), Int(state.humidity.rounded()), state.setPointWrites, state.uptimeSeconds]
        : [state.setPoint, state.alarmThreshold]
    }
    let start = Int(address)
    guard start + count <= registers.count else { throw .illegalDataAddress }
    return registers[start..<(start + count)].map { UInt16(truncatingIfNeeded: $0) }
  }

  public func writeCoils(address: UInt16, _ values: [Bool], unit: UInt8) throws(ModbusException) {
    guard address == 0, values.count == 1 else { throw .illegalDataAddress }
    state.withLock { $0.isHeaterOn = values[0] }
  }

  public func writeRegisters(address: UInt16, _ values: [UInt16], unit: UInt8) throws(ModbusException) {
    guard Int(address) + values.count <= 2 else { throw .illegalDataAddress }
    state.withLock { state in
      for (register, value) in zip(Int(address)..., values) {
        let number = Int(Int16(bitPattern: value))
        if register == 0 {
          state.setPoint = Self.clamped(number)
          state.setPointWrites += 1
        } else {
          state.alarmThreshold = number
        }
      }
    }
  }
}
#endif
