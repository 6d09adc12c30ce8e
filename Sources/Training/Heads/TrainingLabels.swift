internal import Basics
internal import Corpus
internal import JSON

/// The fields of a document that say what a head can learn from it. Paths are those of `FieldSelection`.
package struct LabelFields: Sendable {
    /// An object with a boolean for each output that the document is an example of: `{"intact": true}`.
    package var labels = "labels"
    /// Where the text comes from.
    package var source = "source"
    /// What makes a bad text bad.
    package var kind = "kind"
    /// The text that a document was made from.
    package var group = "group"

    package init() {}
}

/// What is known of a document that a head is trained on.
struct TextLabels: Sendable, Equatable {
    /// Whether the text is good, for each output that it is an example of.
    var outputs: [String: Bool]
    /// Where the text comes from; nil if the document does not say it.
    var source: String?
    /// What makes a bad text bad; nil if the document does not say it.
    var kind: String?
    /// The group; texts of one group are never on both sides of a cross-validation. Nil if the document names none.
    var group: String?
}

/// Reads the labels of the documents in shards of JSON Lines.
struct LabelReader {
    private static let limits = ReadLimits.fixed(line: 1 << 31)

    private let labels, source, kind, group: [FieldPath]

    /// - Throws: a usage error if a field is not a valid path.
    init(_ fields: LabelFields) throws(Failure) {
        func paths(_ field: String) throws(Failure) -> [FieldPath] { try FieldSelection(id: field).fields[0] }
        labels = try paths(fields.labels)
        source = try paths(fields.source)
        kind = try paths(fields.kind)
        group = try paths(fields.group)
    }

    /// Returns the labels of the documents of a shard by line number. Lines that are not JSON are left out: whoever
    /// reads the documents says what is wrong with them.
    func read(_ shard: Shard) throws(Failure) -> [Int: TextLabels] {
        let format = DocumentFormats.standard.format(of: shard)
        let source = try format.source(of: shard, ordinal: 0, from: nil, limits: Self.limits)
        var found: [Int: TextLabels] = [:]
        while let raw = source.next() {
            if let failure = raw.failure { throw failure }
            let records = format.records(of: raw)
            for index in 0..<records.count {
                let record = records.documents[index]
                let line = raw.bytes.slice(Int(record.lineStart)..<Int(record.lineStart + record.lineLength))
                guard let tree = try? JSONTree(UnsafeRawBufferPointer(line), name: shard.name) else { continue }
                let number = records.lineNumber(index)
                found[number] = try textLabels(tree.root, "\(shard.name), line \(number)")
            }
        }
        return found
    }

    private func textLabels(_ document: JSONValue, _ place: String) throws(Failure) -> TextLabels {
        var outputs: [String: Bool] = [:]
        if let labels = value(document, labels) {
            for (key, label) in labels.children where !label.isNull {
                guard let key, let isGood = label.bool else {
                    throw Failure("\(place): the labels have to be an object of true and false: {\"intact\": true}")
                }
                outputs[String(decoding: key, as: UTF8.self)] = isGood
            }
        }
        return TextLabels(
            outputs: outputs, source: name(document, source), kind: name(document, kind), group: name(document, group))
    }

    /// The value of the first field that the document has.
    private func value(_ document: JSONValue, _ paths: [FieldPath]) -> JSONValue? {
        for path in paths {
            var value: JSONValue? = document
            for key in path.keys { value = value?[key] }
            if let value, !value.isNull { return value }
        }
        return nil
    }

    /// A string, or a number as one.
    private func name(_ document: JSONValue, _ paths: [FieldPath]) -> String? {
        guard let value = value(document, paths) else { return nil }
        return value.string ?? value.int.map(String.init) ?? value.double.map { "\($0)" }
    }
}
