#if Networking
import EdgeTransport
import Logging
import Metrics

extension UpstreamHandler {
  /// Hands a report on a job to whoever takes them. Nothing is answered, as nobody waits for it.
  func takeJobReport(_ message: EdgeMessage) async {
    do throws(NodeJobReport.Malformed) {
      let report = try NodeJobReport(message, from: node)
      guard let nodeJobs else {
        logger.debug(
          "a report on a job that nobody here has given", metadata: ["node": "\(node)", "job": "\(message.resource)"])
        Counter(label: "edge_hub_unrouted_messages_total").increment()
        return
      }
      await nodeJobs(report)
    } catch {
      logger.warning(
        "a malformed report on a job",
        metadata: ["node": "\(node)", "resource": "\(message.resource)", "reason": "\(error)"])
    }
  }
}
#endif
