internal import Basics
internal import DeBERTa
internal import JSON
internal import Pipelines

/// The content of embedding.json, which a model's folder may have: the defaults for making vectors. Its keys are
/// options of `dedup embed`: `prefix`, `pooling`, `long`, `layout`, `max-tokens` and `normalize`.
/// Each may be missing.
struct ModelDefaults: Sendable, Equatable {
    private(set) var prefix: String?
    private(set) var pooling: Pooling?
    private(set) var long: LongTexts?
    private(set) var layout: TextLayout?
    /// A number within `EmbedOptions.tokenRange`.
    private(set) var maxTokens: Int?
    private(set) var normalize: Bool?

    /// Reads embedding.json. Without the file, all properties are nil.
    ///
    /// - Throws: if the file is not a JSON object, or has an unknown key or an invalid value.
    init(folder: String) throws(Failure) {
        let path = folder + "/" + ModelFiles.embedding
        guard try File.status(at: path) != nil else { return }
        let root = try JSONTree(file: path).root
        guard root.kind == .object else { throw Failure("\(path): no JSON object; restore the file") }
        var seen: Set<String> = []
        for (key, value) in root.children {
            let name = String(decoding: key ?? UnsafeBufferPointer(start: nil, count: 0), as: UTF8.self)
            guard seen.insert(name).inserted else {
                throw Failure("\(path): \(quoted(name)) is said twice; leave one of them")
            }
            try set(name, value, path)
        }
    }

    private mutating func set(_ key: String, _ value: JSONValue, _ path: String) throws(Failure) {
        switch key {
        case "prefix":
            guard let text = value.string else { throw Self.wrong(key, value, "a string", path) }
            prefix = text
        case "pooling": pooling = try Self.choice(key, value, path)
        case "long": long = try Self.choice(key, value, path)
        case "layout": layout = try Self.choice(key, value, path)
        case "max-tokens":
            let range = EmbedOptions.tokenRange
            guard let number = value.int, range.contains(number) else {
                throw Self.wrong(key, value, "a whole number from \(range.lowerBound) to \(range.upperBound)", path)
            }
            maxTokens = number
        case "normalize":
            guard let flag = value.bool else { throw Self.wrong(key, value, "true or false", path) }
            normalize = flag
        default:
            throw Failure(
                "\(path): \(quoted(key)) is not an option of a model; the options are prefix, pooling, long, layout, "
                    + "max-tokens and normalize")
        }
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ value: JSONValue, _ path: String
    ) throws(Failure) -> Choice where Choice.RawValue == String {
        if let choice = value.string.flatMap(Choice.init(rawValue:)) { return choice }
        throw wrong(key, value, Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "), path)
    }

    private static func wrong(_ key: String, _ value: JSONValue, _ wanted: String, _ path: String) -> Failure {
        Failure("\(path): \(quoted(key)) is \(value.shortDescription), but it has to be \(wanted); fix the file")
    }
}
