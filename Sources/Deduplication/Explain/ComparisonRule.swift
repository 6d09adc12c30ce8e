internal import Basics
internal import DuplicateIndex
internal import MinHashLSH
internal import Shingling

/// The rules by which an output's documents were compared, read from the output's parameters.
struct ComparisonRule: Sendable {
    /// The rule for duplicates; nil if documents were not compared.
    let match: Match?
    let normalization: Normalization
    let unit: ShingleUnit
    let size: Int
    /// The bands and rows of MinHash; nil if documents were compared exactly or not at all.
    let banding: Banding?
    let minWords: Int
    /// The sample that the run kept; nil if it kept every document.
    let sample: Sample?
    let textField: String
    let idField: String
    let allowsNaN: Bool

    /// - Throws: if the output has parameters that this version of dedup does not know.
    init(_ parameters: [String: String]) throws(Failure) {
        func number(_ name: String, _ standard: Int) throws(Failure) -> Int {
            guard let text = parameters[name] else { return standard }
            guard let value = Int(text), (0...1_000_000_000).contains(value) else { throw Self.unknown(name, text) }
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
            banding = try Self.banding(parameters)
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
        size = min(max(1, try number("shingle-size", 5)), 1000)
        minWords = try number("min-words", 0)
        sample = try Self.sample(parameters)
        textField = parameters["text-field"] ?? "text"
        idField = parameters["id-field"] ?? "id"
        allowsNaN = parameters["allow-nan"] == "true"
    }

    /// - Throws: if the numbers are outside the range that a run accepts.
    static func banding(_ parameters: [String: String]) throws(Failure) -> Banding {
        func number(_ name: String) throws(Failure) -> Int {
            let text = parameters[name] ?? "10"
            guard let value = Int(text), (1...4096).contains(value) else { throw unknown(name, text) }
            return value
        }
        return Banding(bands: try number("bands"), rows: try number("rows"))
    }

    private static func sample(_ parameters: [String: String]) throws(Failure) -> Sample? {
        guard let text = parameters["sample-share"] else { return nil }
        guard let share = Double(text), (0...1).contains(share) else { throw unknown("sample-share", text) }
        let seedText = parameters["sample-seed"] ?? "0"
        guard let seed = Int(seedText), seed >= 0 else { throw unknown("sample-seed", seedText) }
        return Sample(share: share, seed: seed)
    }

    private static func unknown(_ name: String, _ value: String) -> Failure {
        Failure("the output was made with \(name) \(value), which this dedup does not know; use the dedup that made it")
    }
}
