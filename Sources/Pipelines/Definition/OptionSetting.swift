package import Basics
internal import Corpus
internal import DeBERTa
internal import DuplicateIndex
internal import Shingling
internal import Tokenizers

extension StageOptions {
    /// Sets one option from its text; the same for a definition's values and the command line's.
    ///
    /// - Throws: what is wrong with the value, without its place.
    package mutating func set(_ key: String, to text: String) throws(Failure) {
        switch self {
        case .read(var o):
            switch key {
            case "text-field": o.textField = try FieldSelection(text).description
            case "id-field": o.idField = try FieldSelection(id: text).description
            case "allow-nan": o.allowsNaN = try Self.flag(key, text)
            case "on-bad-line": o.onBadLine = try Self.choice(key, text)
            default: throw unknown(key)
            }
            self = .read(o)
        case .words(var o):
            guard key == "normalization" else { throw unknown(key) }
            o.normalization = try Self.choice(key, text)
            self = .words(o)
        case .filter(var o):
            guard key == "min-words" else { throw unknown(key) }
            o.minWords = try Self.number(key, text, 0...1_000_000_000)
            self = .filter(o)
        case .shingles(var o):
            switch key {
            case "unit": o.unit = try Self.choice(key, text)
            case "size": o.size = try Self.number(key, text, 1...1000)
            default: throw unknown(key)
            }
            self = .shingles(o)
        case .minhash(var o):
            switch key {
            case "seeds": o.seeds = try Self.number(key, text, 1...4096)
            case "bands": o.bands = try Self.number(key, text, 1...4096)
            case "rows": o.rows = try Self.number(key, text, 1...4096)
            default: throw unknown(key)
            }
            self = .minhash(o)
        case .deduplicate(var o):
            guard key == "threshold" else { throw unknown(key) }
            o.threshold = try Threshold(text)
            self = .deduplicate(o)
        case .write(var o):
            guard key == "level" else { throw unknown(key) }
            o.level = try Self.number(key, text, Compression.levels(for: .zstd))
            self = .write(o)
        case .embed(var o):
            guard try Self.set(&o, key, to: text) else { throw unknown(key) }
            self = .embed(o)
        case .score(var o):
            switch key {
            case "head":
                try LocalPath.check(text)
                o.head = text
            case "output":
                o.outputs = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
            case "min-quality": o.minQuality = try Self.quality(key, text)
            case "top-percent":
                throw .usage(
                    "top-percent is no option of a definition: which documents are the best so many percent is known "
                        + "only when all have their scores, and a run goes through the corpus once; give min-quality, or "
                        + "run 'dedup score DIR --top-percent P --out DIR2' afterwards")
            default: throw unknown(key)
            }
            self = .score(o)
        case .fingerprint, .report:
            throw unknown(key)
        }
    }

    /// - Returns: false when there is no such option.
    private static func set(_ o: inout EmbedOptions, _ key: String, to text: String) throws(Failure) -> Bool {
        switch key {
        case "model":
            try LocalPath.check(text)
            o.model = text
        case "pooling": o.pooling = try choice(key, text)
        case "normalize": o.normalize = try flag(key, text)
        case "whitening": o.whitening = try flag(key, text)
        case "precision": o.precision = try choice(key, text)
        case "max-tokens": o.maxTokens = try number(key, text, EmbedOptions.tokenRange)
        case "long": o.long = try choice(key, text)
        case "dtype": o.dtype = try choice(key, text)
        case "special-tokens": o.specialTokens = try choice(key, text)
        default: return false
        }
        return true
    }

    private func unknown(_ key: String) -> Failure {
        let known = kind.keys.isEmpty ? "it has no options" : "it has \(kind.keys.joined(separator: ", "))"
        return .usage("the stage '\(kind.rawValue)' has no option '\(key)'; \(known)")
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ text: String)
        throws(Failure) -> Choice where Choice.RawValue == String
    {
        if let choice = Choice(rawValue: text) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw .usage("\(key) is one of \(choices), not '\(text)'")
    }

    private static func flag(_ key: String, _ text: String) throws(Failure) -> Bool {
        if let flag = Bool(text) { return flag }
        throw .usage("\(key) is true or false, not '\(text)'")
    }

    private static func quality(_ key: String, _ text: String) throws(Failure) -> Double {
        if let quality = Double(text), (0...1).contains(quality) { return quality }
        throw .usage("\(key) is a number from 0 to 1, not '\(text)'")
    }

    private static func number(_ key: String, _ text: String, _ range: ClosedRange<Int>) throws(Failure) -> Int {
        if let number = Int(text), range.contains(number) { return number }
        throw .usage("\(key) is a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
}
