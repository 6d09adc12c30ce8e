internal import Basics
internal import Corpus
internal import DeBERTa
internal import JSON

/// The text of a model's config.json, from which a changed copy can be written.
struct ModelConfigurationText {
    private let tree: JSONTree

    init(folder: String) throws(Failure) {
        tree = try JSONTree(file: folder + "/config.json")
    }

    /// Returns the text with the entries that describe exported weights. All other keys are kept, in their order.
    ///
    /// - Parameters:
    ///   - type: the number format of the weights; nil if it does not change.
    ///   - encoderOnly: whether the export is an encoder without a head, which sets `architectures`.
    func exported(as type: WeightType?, encoderOnly: Bool) -> String {
        var replaced: [(key: String, value: String)] = []
        if encoderOnly { replaced.append(("architectures", "[\n    \"DebertaModel\"\n  ]")) }
        if let type {
            // Versions of transformers before 5 use the key torch_dtype.
            let key = tree.root["dtype"] == nil && tree.root["torch_dtype"] != nil ? "torch_dtype" : "dtype"
            replaced.append((key, "\"\(Self.name(of: type))\""))
        }
        var text = Buffer<UInt8>()
        append(tree.root, to: &text, indent: "", replaced)
        text.append("\n")
        return String(decoding: text.elements, as: UTF8.self)
    }

    /// The name of a type in config.json. Hugging Face's library refuses to load weights of the type int8.
    private static func name(of type: WeightType) -> String {
        switch type {
        case .f32: "float32"
        case .bf16: "bfloat16"
        case .int8: "int8"
        }
    }

    private func append(
        _ value: JSONValue, to text: inout Buffer<UInt8>, indent: String, _ replaced: [(key: String, value: String)]
    ) {
        switch value.kind {
        case .null: text.append("null")
        case .bool: text.append(value.bool == true ? "true" : "false")
        case .int: text.append("\(value.int ?? 0)")
        case .double: text.append("\(value.double ?? 0)")
        case .string: text.append(json: value.string ?? "")
        case .array, .object: appendChildren(of: value, to: &text, indent: indent, replaced)
        }
    }

    private func appendChildren(
        of value: JSONValue, to text: inout Buffer<UInt8>, indent: String, _ replaced: [(key: String, value: String)]
    ) {
        let inner = indent + "  "
        var left = replaced
        var isEmpty = true
        func begin() {
            text.append((isEmpty ? "\n" : ",\n") + inner)
            isEmpty = false
        }
        text.append(value.kind == .array ? "[" : "{")
        for (key, child) in value.children {
            begin()
            if let key {
                let name = String(decoding: key, as: UTF8.self)
                text.append(json: name)
                text.append(": ")
                if let place = left.firstIndex(where: { $0.key == name }) {
                    text.append(left.remove(at: place).value)
                    continue
                }
            }
            append(child, to: &text, indent: inner, [])
        }
        for (key, value) in left {
            begin()
            text.append(json: key)
            text.append(": " + value)
        }
        text.append(isEmpty ? "" : "\n" + indent)
        text.append(value.kind == .array ? "]" : "}")
    }
}
