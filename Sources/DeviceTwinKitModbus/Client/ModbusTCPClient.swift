#if Networking
import DeviceTwinKit
import NIOCore
import NIOPosix
import Synchronization

/// One connection to a Modbus TCP device or gateway. It is used up when the connection ends; make another one then.
///
/// Requests may come from several tasks; ``ModbusWindow`` keeps them apart. Each has its own deadline, after which its
/// late answer is dropped.
public struct ModbusTCPClient: Sendable {
  public struct Configuration: Sendable {
    public var connectTimeout = Duration.seconds(3)
    /// From sending, or from the start of waiting, to the answer.
    public var requestTimeout = Duration.seconds(1)
    /// Requests on the wire at once. Many devices answer only the first of several.
    public var maximumInFlight = 1
    /// Requests that may wait for their turn; more fail with `overloaded`.
    public var maximumWaiting = 64

    public init() {}
  }

  private let channel: any Channel
  private let handler: NIOLoopBound<ModbusClientHandler>
  private let tickets = TicketCounter()

  /// - Throws: ``ModbusError`` with code `closed` when no connection can be made in time.
  public static func connect(
    host: String, port: Int, configuration: Configuration = Configuration(),
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(ModbusError) -> ModbusTCPClient {
    do {
      return try await ClientBootstrap(group: group)
        .connectTimeout(TimeAmount(configuration.connectTimeout))
        .channelOption(.socketOption(.so_keepalive), value: 1)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            let handler = ModbusClientHandler(configuration: configuration)
            try channel.pipeline.syncOperations.addHandler(handler)
            return ModbusTCPClient(
              channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
          }
        }
    } catch {
      throw ModbusError(code: .closed, message: "cannot connect to \(host):\(port)", cause: error)
    }
  }

  /// Sends one request and waits for its answer.
  ///
  /// - Throws: ``ModbusError``; its code tells whether the request may have taken effect.
  public func send(_ request: ModbusRequest, unit: UInt8) async throws(ModbusError) -> ModbusResponse {
    let ticket = tickets.next()
    let channel = channel
    let handler = handler
    let result: Result<ModbusResponse, ModbusError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        channel.eventLoop.execute { handler.value.submit(ticket, unit: unit, request, continuation) }
      }
    } onCancel: {
      channel.eventLoop.execute { handler.value.cancel(ticket) }
    }
    return try result.get()
  }

  /// Ends the connection; requests that wait fail with `closed`.
  public func close() async {
    try? await channel.close()
  }

  public var isOpen: Bool { channel.isActive }
}

private final class TicketCounter: Sendable {
  private let last = Atomic<UInt64>(0)
  func next() -> ModbusWindow.Ticket { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
#endif
