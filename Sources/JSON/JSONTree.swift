package import Basics
internal import CSimdJSON

/// A parsed JSON text, for settings and vocabularies. Documents are parsed by `DocumentParser` instead.
package final class JSONTree: @unchecked Sendable {
    fileprivate let tree: OpaquePointer

    /// - Parameter name: the text's name in the error message.
    /// - Throws: if the text is not JSON, or is nested more than 1,024 levels deep.
    package init(_ text: UnsafeRawBufferPointer, name: String) throws(Failure) {
        var reason: UnsafePointer<CChar>?
        guard let tree = dedup_json_tree_read(text.baseAddress, text.count, &reason) else {
            throw Failure("\(name): not JSON (\(reason.map { String(cString: $0) } ?? "unknown")); restore the file")
        }
        self.tree = tree
    }

    /// Reads and parses a file. The parameters are those of `File.whole`.
    ///
    /// - Throws: if the file cannot be read or is not JSON.
    package convenience init(
        file path: String, upTo most: Int = File.largestWhole, remedy: String = "restore the file"
    ) throws(Failure) {
        let content = try File.whole(path, upTo: most, remedy: remedy)
        var text = Buffer<UInt8>(capacity: content.count)
        content.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        try self.init(text.bytes, name: path)
    }

    deinit {
        dedup_json_tree_destroy(tree)
    }

    /// The outermost value.
    package var root: JSONValue { JSONValue(tree: self, node: dedup_json_tree_root(tree)) }
}

/// A value of a tree. It keeps the tree alive.
package struct JSONValue {
    /// The type of a value. `int` is a whole number, written without point and exponent, that fits into 64 bits.
    package enum Kind: Sendable { case null, bool, int, double, string, array, object }

    fileprivate let tree: JSONTree
    fileprivate let node: dedup_json_node

    /// The type of this value.
    package var kind: Kind {
        switch dedup_json_node_kind(node) {
        case DEDUP_JSON_NULL: .null
        case DEDUP_JSON_BOOL: .bool
        case DEDUP_JSON_INT: .int
        case DEDUP_JSON_STRING: .string
        case DEDUP_JSON_ARRAY: .array
        case DEDUP_JSON_OBJECT: .object
        default: .double
        }
    }

    /// Whether the value is null.
    package var isNull: Bool { kind == .null }
    /// The value of a boolean; nil for other types.
    package var bool: Bool? { kind == .bool ? dedup_json_node_bool(node) : nil }
    /// The value of a whole number; nil for other types.
    package var int: Int? { kind == .int ? Int(dedup_json_node_int(node)) : nil }
    /// The value of a number of either type; nil for other types.
    package var double: Double? { kind == .int || kind == .double ? dedup_json_node_double(node) : nil }

    /// The value of a string; nil for other types.
    package var string: String? {
        utf8.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a string, unescaped; nil for other types. They are valid as long as the tree exists.
    package var utf8: UnsafeBufferPointer<UInt8>? {
        var length = 0
        guard kind == .string, let bytes = dedup_json_node_string(node, &length) else { return nil }
        return Self.bytes(bytes, length)
    }

    /// The value of the member with this key in an object; if the key is repeated, the last one. Nil if there is no
    /// such member.
    package subscript(key: String) -> JSONValue? {
        guard kind == .object else { return nil }
        var found: JSONValue?
        for (name, value) in children where name?.elementsEqual(key.utf8) == true { found = value }
        return found
    }

    /// The elements of an array; empty for other types.
    package var elements: Children { kind == .array ? children : Children(self, isEmpty: true) }

    /// The elements of an array, without keys, or the members of an object, with keys, in order.
    package var children: Children { Children(self, isEmpty: false) }

    /// Iterates over the children of a value.
    package struct Children: Sequence, IteratorProtocol {
        private let tree: JSONTree
        private var children: dedup_json_children

        fileprivate init(_ value: JSONValue, isEmpty: Bool) {
            tree = value.tree
            children = dedup_json_node_children(value.node)
            if isEmpty { children.next = children.end }
        }

        /// The next child. The bytes of its key are valid as long as the tree exists.
        package mutating func next() -> (key: UnsafeBufferPointer<UInt8>?, value: JSONValue)? {
            var node = dedup_json_node()
            var key: UnsafePointer<CChar>?
            var length = 0
            guard dedup_json_next_child(&children, &node, &key, &length) else { return nil }
            return (key.map { JSONValue.bytes($0, length) }, JSONValue(tree: tree, node: node))
        }
    }

    private static func bytes(_ start: UnsafePointer<CChar>, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }
}
