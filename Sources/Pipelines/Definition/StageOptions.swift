package import Corpus
package import DuplicateIndex
package import Shingling

/// What flows between stages.
package enum Payload: String, Sendable {
    case documents, words, shingles, sketches, decisions, output
    case nothing
}

/// A stage of a pipeline and its options.
package enum StageOptions: Sendable {
    case read(ReadOptions)
    case words(WordOptions)
    case filter(FilterOptions)
    case shingles(ShingleOptions)
    case minhash(MinHashOptions)
    case fingerprint
    case deduplicate(DeduplicateOptions)
    case write(WriteOptions)
    case embed(EmbedOptions)
    case score(ScoreStageOptions)
    case report
}

package struct ReadOptions: Sendable {
    package var textField = "text"
    package var idField = "id"
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false
    package var onBadLine = BadLinePolicy.stop

    package init(
        textField: String = "text", idField: String = "id", allowsNaN: Bool = false,
        onBadLine: BadLinePolicy = BadLinePolicy.stop
    ) {
        self.textField = textField
        self.idField = idField
        self.allowsNaN = allowsNaN
        self.onBadLine = onBadLine
    }
}

package struct WordOptions: Sendable {
    package var normalization = Normalization.nfc
}

package struct FilterOptions: Sendable {
    package var minWords = 0
}

package struct ShingleOptions: Sendable {
    package var unit = ShingleUnit.word
    package var size = 5
}

package struct MinHashOptions: Sendable {
    package var seeds = 100
    package var bands = 10
    package var rows = 10
}

package struct DeduplicateOptions: Sendable {
    /// nil: the default where sketches are of shingles, none where they are exact.
    package var threshold: Threshold?
    package static let defaultThreshold = Threshold(thousandths: 700)
}

package struct WriteOptions: Sendable {
    package var level = Compression.defaultLevel
}

/// The kinds of stages: their names, and what they take and give.
package enum StageKind: String, Sendable, CaseIterable {
    case read, words, filter, shingles, minhash, fingerprint, deduplicate, write, embed, score, report

    /// What the stage may take; empty for the first.
    package var accepts: [Payload] {
        switch self {
        case .read: []
        case .words: [.documents]
        case .filter, .shingles, .fingerprint: [.words]
        case .minhash: [.shingles]
        case .deduplicate: [.sketches]
        case .write: [.documents, .words, .shingles, .sketches, .decisions]
        case .embed, .score, .report: [.output]
        }
    }

    /// What the stage gives.
    package var gives: Payload {
        switch self {
        case .read: .documents
        case .words, .filter: .words
        case .shingles: .shingles
        case .minhash, .fingerprint: .sketches
        case .deduplicate: .decisions
        case .write, .embed, .score: .output
        case .report: .nothing
        }
    }

    /// The names of its options.
    package var keys: [String] {
        switch self {
        case .read: ["text-field", "id-field", "allow-nan", "on-bad-line"]
        case .words: ["normalization"]
        case .filter: ["min-words"]
        case .shingles: ["unit", "size"]
        case .minhash: ["seeds", "bands", "rows"]
        case .deduplicate: ["threshold"]
        case .write: ["level"]
        case .embed:
            [
                "model", "pooling", "normalize", "whitening", "precision", "max-tokens", "long", "dtype",
                "special-tokens",
            ]
        case .score: ["head", "output", "min-quality"]
        case .fingerprint, .report: []
        }
    }

    package var defaults: StageOptions {
        switch self {
        case .read: .read(ReadOptions())
        case .words: .words(WordOptions())
        case .filter: .filter(FilterOptions())
        case .shingles: .shingles(ShingleOptions())
        case .minhash: .minhash(MinHashOptions())
        case .fingerprint: .fingerprint
        case .deduplicate: .deduplicate(DeduplicateOptions())
        case .write: .write(WriteOptions())
        case .embed: .embed(EmbedOptions())
        case .score: .score(ScoreStageOptions())
        case .report: .report
        }
    }
}

extension StageOptions {
    package var kind: StageKind {
        switch self {
        case .read: .read
        case .words: .words
        case .filter: .filter
        case .shingles: .shingles
        case .minhash: .minhash
        case .fingerprint: .fingerprint
        case .deduplicate: .deduplicate
        case .write: .write
        case .embed: .embed
        case .score: .score
        case .report: .report
        }
    }

    /// The options that decide which bytes are written of the corpus, by name, as a definition writes them.
    package var values: [(key: String, value: String)] {
        switch self {
        case .read(let o):
            // Outputs from before there was such an option say nothing of it.
            [("text-field", o.textField), ("id-field", o.idField), ("on-bad-line", o.onBadLine.rawValue)]
                + (o.allowsNaN ? [("allow-nan", "true")] : [])
        case .words(let o): [("normalization", o.normalization.rawValue)]
        case .filter(let o): [("min-words", String(o.minWords))]
        case .shingles(let o): [("unit", o.unit.rawValue), ("size", String(o.size))]
        case .minhash(let o): [("seeds", String(o.seeds)), ("bands", String(o.bands)), ("rows", String(o.rows))]
        case .deduplicate(let o): o.threshold.map { [("threshold", $0.description)] } ?? []
        case .write(let o): [("level", String(o.level))]
        case .fingerprint, .embed, .score, .report: []
        }
    }
}
