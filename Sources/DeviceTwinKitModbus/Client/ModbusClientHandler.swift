#if Networking
import DeviceTwinKit
import NIOCore

/// Performs what ``ModbusWindow`` decides, on the channel's event loop.
final class ModbusClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  typealias Continuation = CheckedContinuation<Result<ModbusResponse, ModbusError>, Never>

  private struct Waiter {
    let continuation: Continuation
    let deadline: Scheduled<Void>
  }

  private let requestTimeout: TimeAmount
  private var window: ModbusWindow
  private var waiters: [ModbusWindow.Ticket: Waiter] = [:]
  /// Cancellations that overtook their request on the way to the event loop.
  private var cancelledEarly: Set<ModbusWindow.Ticket> = []
  private var context: ChannelHandlerContext?
  private var isClosed = false

  init(configuration: ModbusTCPClient.Configuration) {
    requestTimeout = TimeAmount(configuration.requestTimeout)
    window = ModbusWindow(
      maximumInFlight: configuration.maximumInFlight, maximumWaiting: configuration.maximumWaiting)
  }

  func submit(_ ticket: ModbusWindow.Ticket, unit: UInt8, _ request: ModbusRequest, _ continuation: Continuation) {
    if cancelledEarly.remove(ticket) != nil {
      continuation.resume(returning: .failure(Self.cancelled))
      return
    }
    guard let context, !isClosed else {
      continuation.resume(returning: .failure(ModbusError(code: .closed, message: "the connection is closed")))
      return
    }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let deadline = context.eventLoop.scheduleTask(in: requestTimeout) {
      bound.value.abandon(ticket, because: ModbusError(code: .timeout, message: "no answer in time"))
    }
    waiters[ticket] = Waiter(continuation: continuation, deadline: deadline)
    perform(window.submit(ticket, unit: unit, request))
  }

  func cancel(_ ticket: ModbusWindow.Ticket) {
    if waiters[ticket] != nil {
      abandon(ticket, because: Self.cancelled)
    } else if !isClosed {
      // Either its request is still on its way here, or it is done; the latter leaves an entry of 8 bytes, which the
      // bound keeps harmless.
      if cancelledEarly.count >= 1024 { cancelledEarly.removeAll() }
      cancelledEarly.insert(ticket)
    }
  }

  private func abandon(_ ticket: ModbusWindow.Ticket, because error: ModbusError) {
    perform(window.abandon(ticket, because: error))
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(reason: "the connection is closed")
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    perform(window.received(unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(reason: "the device closed the connection")
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(reason: "the connection broke: \(error)")
    context.close(promise: nil)
  }

  private func end(reason: String) {
    isClosed = true
    cancelledEarly.removeAll()
    perform(window.closed(reason: reason))
  }

  private func perform(_ actions: [ModbusWindow.Action]) {
    for action in actions {
      switch action {
      case .send(let bytes):
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      case .succeed(let ticket, let response): finish(ticket, .success(response))
      case .fail(let ticket, let error): finish(ticket, .failure(error))
      case .close: context?.close(promise: nil)
      }
    }
  }

  private func finish(_ ticket: ModbusWindow.Ticket, _ result: Result<ModbusResponse, ModbusError>) {
    guard let waiter = waiters.removeValue(forKey: ticket) else { return }
    waiter.deadline.cancel()
    waiter.continuation.resume(returning: result)
  }

  private static let cancelled = ModbusError(code: .cancelled, message: "the request was cancelled")
}
#endif
