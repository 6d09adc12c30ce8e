package import Basics
internal import Corpus
package import OutputStore
package import QualityScoring

/// scores.json: what the scores of a corpus were made with and made of. A shard that is listed is done.
package struct ScoresRecord: FolderRecord {
    package static let currentSchema = 1
    package static let subject = "scores"

    package struct Shard: RecordedShard {
        package var name: String
        /// Documents with scores; lines that are none.
        package var documents = 0
        package var bad = 0
        /// Documents of a kind that the head never saw.
        package var outOfDomain = 0
        package var size: Int64
        package var modified: Int64
        package var digest: String
        /// The documents' quality.
        package var histogram: ScoreHistogram
        package var scores: WrittenFile

        package var isPossible: Bool {
            let counts = 0..<1 << 40
            return counts.contains(documents) && counts.contains(bad) && 0...documents ~= outOfDomain
                && histogram.total == documents
        }

        enum CodingKeys: String, CodingKey {
            case name, documents, bad, size, modified, digest, histogram, scores
            case outOfDomain = "out_of_domain"
        }
    }

    package var schema = Self.currentSchema
    package var dedup = Version.current
    /// XXH3-128 of the head's file.
    package var head: String
    /// Outputs that were asked for.
    package var outputs: [String]
    /// The model's checksum, and what the vectors that were read or computed are.
    package var model: String
    package var precision: String
    package var dtype: String
    /// Whether the texts' statistics are written too.
    package var statistics: Bool
    package var textField: String
    package var idField: String
    /// Whether a bare NaN and the like were values; nil for no.
    package var allowsNaN: Bool?
    package var documents = 0
    package var bad = 0
    package var outOfDomain = 0
    package var shards: [Shard] = []

    enum CodingKeys: String, CodingKey {
        case schema, dedup, head, outputs, model, precision, dtype, statistics, documents, bad, shards
        case textField = "text_field"
        case idField = "id_field"
        case allowsNaN = "allow_nan"
        case outOfDomain = "out_of_domain"
    }

    init(_ parameters: ScoreParameters) {
        head = parameters.headChecksum
        outputs = parameters.outputs.map(\.name)
        model = parameters.origin.model
        precision = parameters.precision
        dtype = parameters.dtype
        statistics = parameters.writesStatistics
        textField = parameters.textField
        idField = parameters.idField
        allowsNaN = parameters.allowsNaN ? true : nil
    }

    package mutating func count() {
        documents = shards.reduce(0) { $0 + $1.documents }
        bad = shards.reduce(0) { $0 + $1.bad }
        outOfDomain = shards.reduce(0) { $0 + $1.outOfDomain }
    }

    /// The quality of all documents.
    package var histogram: ScoreHistogram {
        var sum = ScoreHistogram()
        for shard in shards { sum += shard.histogram }
        return sum
    }

    /// What differs first between this and what another run has: its name, and both values.
    func difference(from other: ScoresRecord) -> (name: String, own: String, other: String)? {
        let pairs = [
            ("head", head, other.head), ("model", model, other.model),
            ("output", outputs.joined(separator: ", "), other.outputs.joined(separator: ", ")),
            ("precision", precision, other.precision), ("dtype", dtype, other.dtype),
            ("statistics", "\(statistics)", "\(other.statistics)"),
            ("text-field", textField, other.textField), ("id-field", idField, other.idField),
            ("allow-nan", "\(allowsNaN ?? false)", "\(other.allowsNaN ?? false)"),
        ]
        return pairs.first { $0.1 != $0.2 }.map { (name: $0.0, own: $0.1, other: $0.2) }
    }
}

/// What decides which scores are written, besides the documents: all of it is settled.
struct ScoreParameters: Sendable {
    /// XXH3-128 of the head's file.
    let headChecksum: String
    let origin: VectorOrigin
    let outputs: [Head.Output]
    /// Of the vectors.
    let precision: String
    let dtype: String
    let writesStatistics: Bool
    let textField: String
    let idField: String
    let allowsNaN: Bool
}
