import CXXHash
import Foundation
import MinHashLSH
import TestSupport

@testable import Corpus
@testable import DuplicateIndex

/// A text as scalars. `String` cannot be used here, since it treats canonically equivalent texts as equal.
typealias Text = [Unicode.Scalar]

func utf8(_ text: Text) -> [UInt8] { text.flatMap { Array(String($0).utf8) } }

/// The settings of a run.
struct Settings: Sendable, CustomStringConvertible {
    enum Unit: String, CaseIterable { case word, char }
    enum Form: String, CaseIterable { case nfc, nfkc, none }
    enum Match { case jaccard, exact, none }

    var match = Match.jaccard
    var unit = Unit.word
    var size = 5
    var form = Form.nfc
    var bands = 10
    var rows = 10
    /// The threshold in thousandths.
    var threshold = 700
    var minWords = 0

    var description: String {
        "\(match), \(form.rawValue), \(size) \(unit.rawValue), \(bands) x \(rows), above \(threshold), min \(minWords)"
    }
}

/// One line of a corpus.
struct Line: Sendable {
    let shard: String
    /// The number of the line, from 1; blank lines count.
    let number: Int
    /// The bytes of the line without the newline.
    let bytes: [UInt8]
    /// nil for a blank line.
    let document: Document?

    struct Document: Sendable {
        let text: Text
        let id: ID?
    }
}

enum ID: Decodable, Equatable, Sendable {
    case string(String)
    case number(Int)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    /// The id in JSON notation.
    var json: String {
        switch self {
        case .string(let string): "\"\(string)\""
        case .number(let number): "\(number)"
        }
    }
}

/// One line of a `removed/` file.
struct Removed: Decodable, Equatable, Sendable {
    struct Twin: Decodable, Equatable, Sendable {
        let shard: String
        let line: Int
        let id: ID?
    }
    let line: Int
    let id: ID?
    let twin: Twin
    let intersection: Int
    let union: Int
    let jaccard: Double
    let bands: [Int]
}

/// The result of a run, by shard.
struct Outcome: Equatable, Sendable {
    struct Shard: Equatable, Sendable {
        var kept: [[UInt8]] = []
        var removed: [Removed] = []
        var documents = 0
        var dropped = 0
        var blankLines = 0
        var candidates = 0
    }
    var shards: [String: Shard] = [:]

    var kept: Int { shards.values.reduce(0) { $0 + $1.kept.count } }
    var removed: Int { shards.values.reduce(0) { $0 + $1.removed.count } }
}

/// A slow and plain implementation of the whole procedure, from its definition. It uses nothing of the pipeline but the
/// reference of the signature.
///
/// Its normalization covers the corpora of these tests, with one mark after a letter, and not every script.
enum SlowDedup {
    static func run(_ lines: [Line], _ settings: Settings) -> Outcome {
        var outcome = Outcome()
        var kept: [Sketch] = []
        // The kept documents, by the number of a band and the signature rows in it.
        var buckets: [[UInt32]: [Int]] = [:]
        for line in lines {
            var shard = outcome.shards[line.shard] ?? Outcome.Shard()
            defer { outcome.shards[line.shard] = shard }
            guard let document = line.document else {
                shard.blankLines += 1
                continue
            }
            shard.documents += 1
            let words = words(document.text, settings.form)
            if words.count < settings.minWords {
                shard.dropped += 1
                continue
            }
            let sketch = Sketch(line, document, words, settings)
            var twin: (sketch: Sketch, overlap: (intersection: Int, union: Int))?
            let hits = sketch.bands.flatMap { buckets[$0] ?? [] }
            for candidate in Set(hits).sorted() {
                if let overlap = sketch.overlap(kept[candidate], settings) {
                    twin = (kept[candidate], overlap)
                    shard.candidates += 1
                    break
                }
                shard.candidates += hits.count { $0 == candidate }
            }
            if let (other, overlap) = twin {
                shard.removed.append(
                    Removed(
                        line: line.number, id: document.id,
                        twin: .init(shard: other.line.shard, line: other.line.number, id: other.document.id),
                        intersection: overlap.intersection, union: overlap.union,
                        jaccard: Double(overlap.intersection) / Double(overlap.union),
                        bands: sketch.bands.indices.filter { sketch.bands[$0] == other.bands[$0] }))
                continue
            }
            shard.kept.append(line.bytes)
            if !sketch.shingles.isEmpty {
                for band in sketch.bands { buckets[band, default: []].append(kept.count) }
                kept.append(sketch)
            }
        }
        return outcome
    }

    private struct Sketch {
        let line: Line
        let document: Line.Document
        let shingles: Set<[UInt8]>
        /// For each band, its number and its signature rows.
        let bands: [[UInt32]]

        init(_ line: Line, _ document: Line.Document, _ words: [Text], _ settings: Settings) {
            self.line = line
            self.document = document
            let joined = Text(words.joined(separator: [" "]))
            let rest = document.text.filter { !isWhiteSpace($0) }
            switch settings.match {
            case .none:
                shingles = []
                bands = []
            case .exact:
                // All words are compared at once. A text without words never equals one with words.
                shingles = words.isEmpty ? (rest.isEmpty ? [] : [[0] + utf8(rest)]) : [utf8(joined)]
                let hash = shingles.first.map { bytes in
                    bytes.withUnsafeBytes { dedup_xxh3_64($0.baseAddress, $0.count) }
                }
                bands = hash.map { [[UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)]] } ?? []
            case .jaccard:
                shingles =
                    words.isEmpty
                    ? (rest.isEmpty ? [] : [utf8(rest)])
                    : SlowDedup.shingles(words, joined, settings)
                let hashes = shingles.map { shingle in
                    shingle.withUnsafeBytes { dedup_xxh3_64($0.baseAddress, $0.count) }
                }
                let signature = MinHasher(seeds: settings.bands * settings.rows).referenceSignature(hashes)
                bands =
                    shingles.isEmpty
                    ? []
                    : (0..<settings.bands).map {
                        [UInt32($0)] + signature[$0 * settings.rows..<($0 + 1) * settings.rows]
                    }
            }
        }

        func overlap(_ other: Sketch, _ settings: Settings) -> (intersection: Int, union: Int)? {
            let both = shingles.intersection(other.shingles).count
            let union = shingles.union(other.shingles).count
            if settings.match == .exact { return both == 1 ? (1, 1) : nil }
            return 1000 * both > settings.threshold * union ? (both, union) : nil
        }
    }

    private static func shingles(_ words: [Text], _ joined: Text, _ settings: Settings) -> Set<[UInt8]> {
        let units = settings.unit == .word ? words : joined.map { [$0] }
        if units.count < settings.size { return [utf8(joined)] }
        let separator: Text = settings.unit == .word ? [" "] : []
        return Set(
            (0...units.count - settings.size).map { start in
                utf8(Text(units[start..<start + settings.size].joined(separator: separator)))
            })
    }

    static func words(_ text: Text, _ form: Settings.Form) -> [Text] {
        var words: [Text] = []
        var run: Text = []
        func end() {
            if run.contains(where: isBase) {
                words.append(run.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) })
            }
            run = []
        }
        for scalar in normalized(text, form) where !isIgnored(scalar) {
            if isMark(scalar) {
                run.append(scalar)
            } else if isBase(scalar) {
                if isUnspaced(scalar) || run.contains(where: isUnspaced) { end() }
                run.append(scalar)
            } else {
                end()
            }
        }
        end()
        return words
    }

    /// Normalizes scalar by scalar and mark by mark. Foundation is given one or two scalars at a time, because it fails
    /// to compose some in longer texts.
    private static func normalized(_ text: Text, _ form: Settings.Form) -> Text {
        if form == .none { return text }
        var normalized: Text = []
        for scalar in text.flatMap({ decomposed($0, form) }) {
            if isMark(scalar), let last = normalized.last {
                let pair = Array(string([last, scalar]).precomposedStringWithCanonicalMapping.unicodeScalars)
                if pair.count == 1 {
                    normalized[normalized.count - 1] = pair[0]
                    continue
                }
            }
            normalized.append(scalar)
        }
        return normalized
    }

    private static func decomposed(_ scalar: Unicode.Scalar, _ form: Settings.Form) -> Text {
        if scalar.isASCII { return [scalar] }
        let one = string([scalar])
        let decomposed =
            form == .nfkc ? one.decomposedStringWithCompatibilityMapping : one.decomposedStringWithCanonicalMapping
        return Array(decomposed.unicodeScalars)
    }

    private static func string(_ text: Text) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        return String(view)
    }

    private static func isIgnored(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .format || (0xFE00...0xFE0F).contains(scalar.value)
            || (0xE0100...0xE01EF).contains(scalar.value)
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        [.nonspacingMark, .spacingMark, .enclosingMark].contains(scalar.properties.generalCategory)
    }

    private static func isBase(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xE00...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            !isMark(scalar)
        default: false
        }
    }

    private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
}
