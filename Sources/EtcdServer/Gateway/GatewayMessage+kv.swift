#if Networking
extension GatewayMessage {
  /// No fields.
  static let empty: GatewayMessage = .init([])

  static let header: GatewayMessage = .init([
    .init(1, "cluster_id", .uint64), .init(2, "member_id", .uint64), .init(3, "revision", .int64),
    .init(4, "raft_term", .uint64),
  ])
  /// Many answers are nothing but a header.
  static let headerAlone: GatewayMessage = .init([.header])

  static let keyValue: GatewayMessage = .init([
    .init(1, "key", .bytes), .init(2, "create_revision", .int64), .init(3, "mod_revision", .int64),
    .init(4, "version", .int64), .init(5, "value", .bytes), .init(6, "lease", .int64),
  ])

  static let rangeRequest: GatewayMessage = .init([
    .init(1, "key", .bytes), .init(2, "range_end", .bytes), .init(3, "limit", .int64), .init(4, "revision", .int64),
    .init(5, "sort_order", .enumeration(["NONE", "ASCEND", "DESCEND"])),
    .init(6, "sort_target", .enumeration(["KEY", "VERSION", "CREATE", "MOD", "VALUE"])),
    .init(7, "serializable", .bool), .init(8, "keys_only", .bool), .init(9, "count_only", .bool),
    .init(10, "min_mod_revision", .int64), .init(11, "max_mod_revision", .int64),
    .init(12, "min_create_revision", .int64), .init(13, "max_create_revision", .int64),
  ])
  static let rangeResponse: GatewayMessage = .init([
    .header, .list(2, "kvs", .message { keyValue }), .init(3, "more", .bool), .init(4, "count", .int64),
  ])

  static let putRequest: GatewayMessage = .init([
    .init(1, "key", .bytes), .init(2, "value", .bytes), .init(3, "lease", .int64), .init(4, "prev_kv", .bool),
    .init(5, "ignore_value", .bool), .init(6, "ignore_lease", .bool),
  ])
  static let putResponse: GatewayMessage = .init([.header, .init(2, "prev_kv", .message { keyValue })])

  static let deleteRangeRequest: GatewayMessage = .init([
    .init(1, "key", .bytes), .init(2, "range_end", .bytes), .init(3, "prev_kv", .bool),
  ])
  static let deleteRangeResponse: GatewayMessage = .init([
    .header, .init(2, "deleted", .int64), .list(3, "prev_kvs", .message { keyValue }),
  ])

  static let comparison: GatewayMessage = .init([
    .init(1, "result", .enumeration(["EQUAL", "GREATER", "LESS", "NOT_EQUAL"])),
    .init(2, "target", .enumeration(["VERSION", "CREATE", "MOD", "VALUE", "LEASE"])), .init(3, "key", .bytes),
    .init(4, "version", .int64, oneof: "etcdserverpb.Compare.target_union"),
    .init(5, "create_revision", .int64, oneof: "etcdserverpb.Compare.target_union"),
    .init(6, "mod_revision", .int64, oneof: "etcdserverpb.Compare.target_union"),
    .init(7, "value", .bytes, oneof: "etcdserverpb.Compare.target_union"),
    .init(8, "lease", .int64, oneof: "etcdserverpb.Compare.target_union"), .init(64, "range_end", .bytes),
  ])
  static let requestOperation: GatewayMessage = .init([
    .init(1, "request_range", .message { rangeRequest }, oneof: "etcdserverpb.RequestOp.request"),
    .init(2, "request_put", .message { putRequest }, oneof: "etcdserverpb.RequestOp.request"),
    .init(3, "request_delete_range", .message { deleteRangeRequest }, oneof: "etcdserverpb.RequestOp.request"),
    .init(4, "request_txn", .message { transactionRequest }, oneof: "etcdserverpb.RequestOp.request"),
  ])
  static let responseOperation: GatewayMessage = .init([
    .init(1, "response_range", .message { rangeResponse }, oneof: "etcdserverpb.RequestOp.request"),
    .init(2, "response_put", .message { putResponse }, oneof: "etcdserverpb.RequestOp.request"),
    .init(3, "response_delete_range", .message { deleteRangeResponse }, oneof: "etcdserverpb.RequestOp.request"),
    .init(4, "response_txn", .message { transactionResponse }, oneof: "etcdserverpb.RequestOp.request"),
  ])
  static let transactionRequest: GatewayMessage = .init([
    .list(1, "compare", .message { comparison }), .list(2, "success", .message { requestOperation }),
    .list(3, "failure", .message { requestOperation }),
  ])
  static let transactionResponse: GatewayMessage = .init([
    .header, .init(2, "succeeded", .bool), .list(3, "responses", .message { responseOperation }),
  ])

  static let compactionRequest: GatewayMessage = .init([.init(1, "revision", .int64), .init(2, "physical", .bool)])

  // MARK: - Watches

  static let watchRequest: GatewayMessage = .init([
    .init(1, "create_request", .message { watchCreateRequest }, oneof: "etcdserverpb.WatchRequest.request_union"),
    .init(2, "cancel_request", .message { watchCancelRequest }, oneof: "etcdserverpb.WatchRequest.request_union"),
    .init(3, "progress_request", .message { empty }, oneof: "etcdserverpb.WatchRequest.request_union"),
  ])
  static let watchCreateRequest: GatewayMessage = .init([
    .init(1, "key", .bytes), .init(2, "range_end", .bytes), .init(3, "start_revision", .int64),
    .init(4, "progress_notify", .bool), .list(5, "filters", .enumeration(["NOPUT", "NODELETE"])),
    .init(6, "prev_kv", .bool), .init(7, "watch_id", .int64), .init(8, "fragment", .bool),
  ])
  static let watchCancelRequest: GatewayMessage = .init([.init(1, "watch_id", .int64)])
  static let event: GatewayMessage = .init([
    .init(1, "type", .enumeration(["PUT", "DELETE"])), .init(2, "kv", .message { keyValue }),
    .init(3, "prev_kv", .message { keyValue }),
  ])
  static let watchResponse: GatewayMessage = .init([
    .header, .init(2, "watch_id", .int64), .init(3, "created", .bool), .init(4, "canceled", .bool),
    .init(5, "compact_revision", .int64), .init(6, "cancel_reason", .string), .init(7, "fragment", .bool),
    .list(11, "events", .message { event }),
  ])
}

extension GatewayMessage.Field {
  /// The first field of nearly every answer.
  static let header = Self(1, "header", .message { GatewayMessage.header })
}
#endif
