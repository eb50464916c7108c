/// The messages, methods and errors of etcd's API, version 3.
///
/// Source: etcd 3.5's `rpc.proto` and `kv.proto`. Names follow Swift where upstream abbreviates; the numbers on the wire
/// are upstream's. Enumerations keep values that they do not know, so that a server can refuse them itself.
public enum Etcd {}
