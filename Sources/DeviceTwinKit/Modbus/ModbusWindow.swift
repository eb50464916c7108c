/// The client side of one Modbus TCP connection: which requests are on the wire, which wait, and which answer belongs
/// to which.
///
///     submit --> waiting --(a place is free)--> in flight --(answer)--> done
///                   |                               |
///                   +--------- timeout, cancel -----+--> failed; an answer that comes later is dropped and counted
///
/// Answers are matched by transaction id and checked for unit and function; order means nothing. Many devices take one
/// request at a time, so that is the default. The waiting line is bounded; a request beyond it fails at once.
public struct ModbusWindow: Sendable {
  /// The caller's name for a request.
  public typealias Ticket = UInt64

  public enum Action: Sendable {
    case send([UInt8])
    case succeed(Ticket, ModbusResponse)
    case fail(Ticket, ModbusError)
    /// The stream cannot be trusted any more.
    case close
  }

  private struct Exchange {
    var ticket: Ticket
    var unit: UInt8
    var request: ModbusRequest
    var pdu: [UInt8]
  }

  public let maximumInFlight: Int
  public let maximumWaiting: Int
  /// Answers to requests that nobody waits for any more.
  public private(set) var lateAnswers = 0
  private var inFlight: [UInt16: Exchange] = [:]
  private var waiting: [Exchange] = []
  private var nextTransaction: UInt16 = 1
  private var decoder = MBAPDecoder()
  private var closedReason: String?

  public init(maximumInFlight: Int = 1, maximumWaiting: Int = 64) {
    precondition((1...1000).contains(maximumInFlight) && maximumWaiting >= 0)
    self.maximumInFlight = maximumInFlight
    self.maximumWaiting = maximumWaiting
  }

  public mutating func submit(_ ticket: Ticket, unit: UInt8, _ request: ModbusRequest) -> [Action] {
    if let closedReason { return [.fail(ticket, ModbusError(code: .closed, message: closedReason))] }
    let pdu: [UInt8]
    do {
      pdu = try request.encoded()
    } catch {
      return [.fail(ticket, ModbusError(code: .invalidRequest, message: error.description, cause: error))]
    }
    guard inFlight.count < maximumInFlight || waiting.count < maximumWaiting else {
      return [.fail(ticket, ModbusError(code: .overloaded, message: "\(waiting.count) requests wait already"))]
    }
    waiting.append(Exchange(ticket: ticket, unit: unit, request: request, pdu: pdu))
    return fill()
  }

  public mutating func received(_ bytes: some Sequence<UInt8>) -> [Action] {
    guard closedReason == nil else { return [] }
    let frames: [MBAPFrame]
    do {
      frames = try decoder.receive(bytes)
    } catch {
      return closed(reason: error.message, code: .malformed) + [.close]
    }
    var actions: [Action] = []
    for frame in frames {
      guard let exchange = inFlight.removeValue(forKey: frame.transaction) else {
        lateAnswers += 1
        continue
      }
      do throws(ModbusError) {
        guard frame.unit == exchange.unit else {
          throw ModbusError(code: .malformed, message: "unit \(frame.unit) answered in place of \(exchange.unit)")
        }
        actions.append(.succeed(exchange.ticket, try ModbusResponse(decoding: frame.pdu, answering: exchange.request)))
      } catch {
        actions.append(.fail(exchange.ticket, error))
      }
    }
    return actions + fill()
  }

  /// The request's time is over, or nobody wants its answer any more. Nothing happens when it is done already.
  public mutating func abandon(_ ticket: Ticket, because error: ModbusError) -> [Action] {
    if let index = waiting.firstIndex(where: { $0.ticket == ticket }) {
      waiting.remove(at: index)
    } else if let transaction = inFlight.first(where: { $0.value.ticket == ticket })?.key {
      inFlight[transaction] = nil
    } else {
      return []
    }
    return [.fail(ticket, error)] + fill()
  }

  /// The connection ended; every request that is not done fails.
  public mutating func closed(reason: String) -> [Action] { closed(reason: reason, code: .closed) }

  private mutating func closed(reason: String, code: ModbusError.Code) -> [Action] {
    guard closedReason == nil else { return [] }
    closedReason = reason
    let exchanges = inFlight.values.sorted { $0.ticket < $1.ticket } + waiting
    inFlight = [:]
    waiting = []
    return exchanges.map { .fail($0.ticket, ModbusError(code: code, message: reason)) }
  }

  private mutating func fill() -> [Action] {
    var actions: [Action] = []
    while inFlight.count < maximumInFlight, !waiting.isEmpty {
      let exchange = waiting.removeFirst()
      // An id is not reused while its request is on the wire. A late answer to an abandoned request could only be
      // mistaken for another's 65536 requests later.
      while inFlight[nextTransaction] != nil { nextTransaction &+= 1 }
      actions.append(
        .send(MBAPFrame(transaction: nextTransaction, unit: exchange.unit, pdu: exchange.pdu).encoded()))
      inFlight[nextTransaction] = exchange
      nextTransaction &+= 1
    }
    return actions
  }
}
