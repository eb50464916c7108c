#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import EdgeTransportOutbox
import Logging
import Metrics

/// Makes durable what the cloud delivers: objects in the cache, anything else by the node's handler of messages.
struct CloudDelivery: Sendable {
  let cache: ObjectCache
  let catalog: ResourceCatalog
  let logger: Logger
  /// Makes the effect of a message that is no object.
  let messages: DeliveryReceiver.Handler

  func effect(of message: EdgeMessage) async -> DeliveryEffect {
    guard let key = Self.object(of: message, in: catalog) else { return await messages(message) }
    return await apply(message, to: key)
  }

  /// The object that the message is about; nil when it is no change of an object.
  static func object(of message: EdgeMessage, in catalog: ResourceCatalog) -> ObjectKey? {
    guard message.route.group == "resource", let path = ResourcePath(message.resource), let name = path.name,
      let type = catalog.type(named: path.type)
    else { return nil }
    return ObjectKey(
      resource: type.groupResource, namespace: type.isNamespaced ? path.namespace ?? "default" : nil, name: name)
  }

  /// The cache compares with what it has, so a repeat changes and writes nothing.
  private func apply(_ message: EdgeMessage, to key: ObjectKey) async -> DeliveryEffect {
    let change: ObjectCache.Change
    switch message.operation {
    case .insert, .update, .response:
      do {
        guard let type = catalog.type(for: key.resource) else { return .giveUp("no kind \(key.resource)") }
        let object = try UnstructuredObject(carried: message.content.bytes, as: type)
        guard try object.key(in: catalog) == key else { return .refuse("the content is not \(key)") }
        change = .upsert(object)
      } catch {
        return .refuse("\(error)")
      }
    case .delete:
      let uid = (try? JSONValue(parsing: message.content.bytes))?["metadata"]?["uid"]?.stringValue
      change = .delete(key, uid: uid)
    default:
      return .giveUp("unknown operation \(message.operation)")
    }
    do throws(CacheError) {
      let outcome = try await cache.apply(change)
      Counter(label: "edge_cache_changes_total", dimensions: [("outcome", "\(outcome)")]).increment()
      logger.debug("took in a change", metadata: ["object": "\(key)", "outcome": "\(outcome)"])
      return .idempotent
    } catch {
      logger.error("a change could not be kept", metadata: ["object": "\(key)", "error": "\(error)"])
      return .refuse(error.message)
    }
  }
}
#endif
