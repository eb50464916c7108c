#if Networking
import DeviceTwinKit
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives

/// Writes what a node reports of a device into the DeviceStatus of the same name, which belongs to the Device.
///
/// Values carry their causal time, so a report that arrives late or twice changes nothing and costs no write.
struct DeviceStatusWriter: Sendable {
  let registry: ObjectRegistry

  func write(twin report: TwinReport, of device: UnstructuredObject) async throws(APIError) {
    try await write(of: device) { report.apply(to: &$0) }
  }

  func write(state report: DeviceStateReport, of device: UnstructuredObject) async throws(APIError) {
    try await write(of: device) { report.apply(to: &$0) }
  }

  private func write(
    of device: UnstructuredObject, _ change: (inout UnstructuredObject) -> Bool
  ) async throws(APIError) {
    let name = device.metadata.name ?? ""
    let key = ObjectKey(resource: .deviceStatuses, namespace: device.metadata.namespace, name: name)
    do throws(APIError) {
      _ = try await registry.mutate(key) { (status) throws(APIError) in change(&status) }
    } catch {
      guard error.code == .notFound else { throw error }
      var status = UnstructuredObject(
        apiVersion: "devices.kubeedge.io/v1beta1", kind: "DeviceStatus", name: name,
        namespace: device.metadata.namespace)
      status.metadata.ownerReferences = [device.controllerReference]
      status["spec"] = [:]
      _ = change(&status)
      _ = try await registry.create(status)
    }
  }
}
#endif
