import EdgeJSON

/// Values with rules of their own, and the words of Kubernetes for what is wrong with them.
extension FieldReport {
  static let int32 = 0...Int64(Int32.max)

  /// A quantity, a text or a number.
  @discardableResult
  mutating func quantity(_ field: Field, mayBeNegative: Bool = false) -> Quantity? {
    guard let value = field.value else { return nil }
    let quantity: Quantity
    switch value {
    case .string, .integer, .number:
      do {
        quantity = try Quantity(json: value)
      } catch {
        add(.invalid(field.path, .string(value.stringValue ?? value.text), error.message))
        return nil
      }
    default:
      add(.typeInvalid(field.path, value, expected: "string"))
      return nil
    }
    if quantity.signum < 0, !mayBeNegative {
      add(.invalid(field.path, .string(quantity.description), "must be greater than or equal to 0"))
    }
    return quantity
  }

  /// A count, or a share such as `25%`. Returns the number of either, and whether it is a share.
  @discardableResult
  mutating func countOrShare(_ field: Field) -> (number: Int64, isShare: Bool)? {
    switch field.value {
    case nil: return nil
    case .integer(let number):
      if number < 0 { add(.invalid(field.path, .integer(number), "must be greater than or equal to 0")) }
      return (number, false)
    case .string(let text):
      guard text.hasSuffix("%"), text.utf8.count > 1, text.utf8.dropLast().allSatisfy({ (0x30...0x39).contains($0) }),
        let share = Int64(text.dropLast())
      else {
        add(
          .invalid(
            field.path, .string(text),
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
          ))
        return nil
      }
      return (share, true)
    case .some(let value):
      add(.typeInvalid(field.path, value, expected: "integer or string"))
      return nil
    }
  }

  /// A port, by number or by name.
  mutating func port(_ field: Field) {
    switch field.value {
    case nil: break
    case .integer: _ = integer(field, in: 1...65_535)
    case .string: name(field, .portName)
    case .some(let value): add(.typeInvalid(field.path, value, expected: "integer or string"))
    }
  }

  mutating func address(_ field: Field) {
    guard let text = string(field), !IPAddressText.isValid(text) else { return }
    add(.invalid(field.path, .string(text), IPAddressText.problem))
  }

  mutating func prefix(_ field: Field) {
    guard let text = string(field), !IPAddressText.isPrefix(text) else { return }
    add(.invalid(field.path, .string(text), "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))
  }

  mutating func nonNegative(_ object: Field, _ names: [String]) {
    for name in names { count(object[name]) }
  }

  /// A number of 32 bits that is not negative.
  mutating func count(_ field: Field) {
    guard let number = integer(field) else { return }
    if number < 0 {
      add(.invalid(field.path, .integer(number), "must be greater than or equal to 0"))
    } else if number > Int32.max {
      add(.invalid(field.path, .integer(number), "must be between 0 and 2147483647, inclusive"))
    }
  }

  /// A path below a directory that must not lead out of it.
  mutating func relativePath(_ field: Field) {
    guard let text = string(field) else { return }
    if text.utf8.first == UInt8(ascii: "/") { add(.invalid(field.path, .string(text), "must be a relative path")) }
    noParent(field, text)
  }

  mutating func noParent(_ field: Field, _ text: String) {
    // Byte by byte: a slash with an accent above it is one character for Swift, and still a slash for the kernel.
    if text.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) {
      add(.invalid(field.path, .string(text), "must not contain '..'"))
    }
  }

  /// A label selector as an object has it.
  mutating func labelSelector(_ field: Field) {
    guard isObject(field) else { return }
    labels(field["matchLabels"])
    for expression in items(field["matchExpressions"]) where isObject(expression) {
      let hasValues = expression["values"].value?.arrayValue?.isEmpty == false
      switch requiredString(expression["operator"]) {
      case nil: break
      case "In", "NotIn":
        if !hasValues {
          add(.required(expression["values"].path, "must be specified when `operator` is 'In' or 'NotIn'"))
        }
      case "Exists", "DoesNotExist":
        if hasValues {
          add(
            .forbidden(expression["values"].path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
        }
      case .some(let other):
        add(.invalid(expression["operator"].path, .string(other), "not a valid selector operator"))
      }
      requiredName(expression["key"], .qualifiedName)
      for value in items(expression["values"]) { name(value, .labelValue) }
    }
  }

  /// The members of an object of which exactly one must be given. Returns the one that is.
  ///
  /// - Parameters:
  ///   - missing: what to say when there is none; nil when that is good.
  ///   - extra: what to say at each further one.
  @discardableResult
  mutating func oneOf(_ object: Field, _ names: [String], missing: String?, extra: String) -> String? {
    let present = names.filter { object[$0].isPresent }
    if present.isEmpty, let missing { add(.required(object.path, missing)) }
    for name in present.dropFirst() { add(.forbidden(object[name].path, extra)) }
    return present.first
  }
}
