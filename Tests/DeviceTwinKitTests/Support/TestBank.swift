import DeviceTwinKit
import Synchronization

/// Registers that count and refuse as a test wants: unit 1 only, holding registers and coils 0..<1000 without `holes`,
/// no more than `maximumCount` in one read.
final class TestBank: ModbusRegisterBank {
  struct State {
    var registers: [UInt16] = (0..<1000).map { UInt16($0) }
    var coils = [Bool](repeating: false, count: 1000)
    var reads: [Range<Int>] = []
  }

  let state = Mutex(State())
  let holes: [Range<Int>]
  let maximumCount: Int

  init(holes: [Range<Int>] = [], maximumCount: Int = 125) {
    self.holes = holes
    self.maximumCount = maximumCount
  }

  var reads: [Range<Int>] { state.withLock { $0.reads } }

  func hasUnit(_ unit: UInt8) -> Bool { unit == 1 }

  func readBits(_ table: ModbusTable, address: UInt16, count: Int, unit: UInt8) throws(ModbusException) -> [Bool] {
    let range = try check(address, count)
    return state.withLock { Array($0.coils[range]) }
  }

  func readRegisters(
    _ table: ModbusTable, address: UInt16, count: Int, unit: UInt8
  ) throws(ModbusException) -> [UInt16] {
    state.withLock { $0.reads.append(Int(address)..<(Int(address) + count)) }
    guard count <= maximumCount else { throw .illegalDataValue }
    let range = try check(address, count)
    return state.withLock { Array($0.registers[range]) }
  }

  func writeCoils(address: UInt16, _ values: [Bool], unit: UInt8) throws(ModbusException) {
    let range = try check(address, values.count)
    state.withLock { $0.coils.replaceSubrange(range, with: values) }
  }

  func writeRegisters(address: UInt16, _ values: [UInt16], unit: UInt8) throws(ModbusException) {
    let range = try check(address, values.count)
    state.withLock { $0.registers.replaceSubrange(range, with: values) }
  }

  private func check(_ address: UInt16, _ count: Int) throws(ModbusException) -> Range<Int> {
    let range = Int(address)..<(Int(address) + count)
    guard range.upperBound <= 1000, !holes.contains(where: { $0.overlaps(range) }) else { throw .illegalDataAddress }
    return range
  }
}
