internal import Basics
internal import Corpus
package import OutputStore
package import QualityScoring

/// scores.json: the parameters of a corpus's scores, and the shards that have been scored.
package struct ScoresRecord: FolderRecord {
    package static let currentSchema = 2
    package static let subject = "scores"

    /// A shard that has been scored.
    package struct Shard: RecordedShard {
        /// The shard's name.
        package var name: String
        /// The number of documents.
        package var documents = 0
        /// The numbers of documents that have no scores.
        package var unscored = UnscoredCounts()
        /// The number of lines that are not documents.
        package var bad = 0
        /// Size, time of modification and digest of the shard that was scored.
        package var size: Int64
        package var modified: Int64
        package var digest: String
        /// The histogram of the documents' qualities.
        package var histogram: ScoreHistogram
        /// The histogram of the qualities of those documents that are out of domain.
        package var outOfDomain: ScoreHistogram
        /// Size and digest of the scores file.
        package var scores: WrittenFile

        package var isPossible: Bool {
            let counts = 0..<1 << 40
            return counts.contains(documents) && counts.contains(bad) && unscored.arePossible
                && histogram.unscored == unscored.total && histogram.total + histogram.unscored == documents
                && histogram.contains(outOfDomain) && outOfDomain.unscored == 0
        }

        enum CodingKeys: String, CodingKey {
            case name, documents, unscored, bad, size, modified, digest, histogram, scores
            case outOfDomain = "histogram_out_of_domain"
        }
    }

    /// The version of this file's format.
    package var schema = Self.currentSchema
    /// The version of dedup that wrote the record.
    package var dedup = Version.current
    /// XXH3-128 of the head's file.
    package var head: String
    /// The names of the head's outputs that were computed.
    package var outputs: [String]
    /// The checksum of the model that made the vectors.
    package var model: String
    /// The precision of the encoder, and the number format of the vectors.
    package var precision: String
    package var dtype: String
    /// Whether the statistics of the texts are in the scores files.
    package var statistics: Bool
    /// The fields that hold a document's text.
    package var textField: String
    /// The field that holds a document's id.
    package var idField: String
    /// Whether NaN and Infinity were accepted in fields that are not read; nil means no.
    package var allowsNaN: Bool?
    /// The number of documents in all shards.
    package var documents = 0
    /// The numbers of documents in all shards that have no scores.
    package var unscored = UnscoredCounts()
    /// The number of lines in all shards that are not documents.
    package var bad = 0
    /// The number of documents in all shards that are out of domain: unlike the head's training texts.
    package var outOfDomain = 0
    /// The shards that have been scored.
    package var shards: [Shard] = []

    enum CodingKeys: String, CodingKey {
        case schema, dedup, head, outputs, model, precision, dtype, statistics, documents, unscored, bad, shards
        case textField = "text_field"
        case idField = "id_field"
        case allowsNaN = "allow_nan"
        case outOfDomain = "out_of_domain"
    }

    init(_ parameters: ScoreParameters) {
        head = parameters.headChecksum
        outputs = parameters.head.outputs.map(\.name)
        model = parameters.head.origin.model
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
        outOfDomain = shards.reduce(0) { $0 + $1.outOfDomain.total }
        unscored = UnscoredCounts()
        for shard in shards { unscored += shard.unscored }
    }

    /// The histogram of the qualities of all documents.
    package var histogram: ScoreHistogram { sum(of: \.histogram) }

    /// The histogram of the documents that a filter judges by their quality.
    func histogram(judgedBy choice: DocumentChoice) -> ScoreHistogram {
        var judged = histogram
        if choice.outOfDomain != .score { judged -= sum(of: \.outOfDomain) }
        return judged
    }

    private func sum(of histogram: KeyPath<Shard, ScoreHistogram>) -> ScoreHistogram {
        var sum = ScoreHistogram()
        for shard in shards { sum += shard[keyPath: histogram] }
        return sum
    }

    /// Returns the first parameter whose values differ between this record and another one; nil if all are equal.
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

/// All parameters that decide, together with the documents, which scores are written.
struct ScoreParameters: Sendable {
    /// XXH3-128 of the head's file.
    let headChecksum: String
    /// The head, with the outputs that are computed.
    let head: Head
    /// The precision of the encoder, and the number format of the vectors.
    let precision: String
    let dtype: String
    let writesStatistics: Bool
    let textField: String
    let idField: String
    let allowsNaN: Bool
}
