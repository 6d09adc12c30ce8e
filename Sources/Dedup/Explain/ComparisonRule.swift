internal import Basics
internal import DuplicateIndex
internal import MinHashLSH
internal import Shingling

/// How the documents of an output were compared: read from its parameters.
struct ComparisonRule: Sendable {
    let match: Match?
    let normalization: Normalization
    let unit: ShingleUnit
    let size: Int
    /// nil where documents were compared by all their words at once, or not at all.
    let banding: Banding?
    let minWords: Int
    let textField: String
    let idField: String
    let allowsNaN: Bool

    /// - Throws: when the output was made with parameters that this tool does not know.
    init(_ parameters: [String: String]) throws(Failure) {
        func number(_ name: String, _ standard: Int) throws(Failure) -> Int {
            guard let text = parameters[name] else { return standard }
            guard let value = Int(text), value >= 0 else { throw Self.unknown(name, text) }
            return value
        }
        if let unicode = parameters["unicode"], unicode != UnicodeData.version {
            throw Failure(
                "the output was made with Unicode \(unicode), and this dedup has \(UnicodeData.version); use the dedup "
                    + "that made it")
        }
        switch parameters["match"] {
        case "jaccard":
            match = .jaccard(above: try Threshold(parameters["threshold"] ?? "0.7"))
            banding = Banding(bands: max(1, try number("bands", 10)), rows: max(1, try number("rows", 10)))
        case "exact":
            match = .exact
            banding = nil
        case "none", nil:
            match = nil
            banding = nil
        case let other?: throw Self.unknown("match", other)
        }
        let form = parameters["normalization"] ?? Normalization.nfc.rawValue
        guard let normalization = Normalization(rawValue: form) else { throw Self.unknown("normalization", form) }
        self.normalization = normalization
        let unitName = parameters["shingle-unit"] ?? ShingleUnit.word.rawValue
        guard let unit = ShingleUnit(rawValue: unitName) else { throw Self.unknown("shingle-unit", unitName) }
        self.unit = unit
        size = max(1, try number("shingle-size", 5))
        minWords = try number("min-words", 0)
        textField = parameters["text-field"] ?? "text"
        idField = parameters["id-field"] ?? "id"
        allowsNaN = parameters["allow-nan"] == "true"
    }

    private static func unknown(_ name: String, _ value: String) -> Failure {
        Failure("the output was made with \(name) \(value), which this dedup does not know; use the dedup that made it")
    }
}
