internal import Basics

/// filter.json of a filtered corpus: what it was made with and made of. A shard that is listed is done.
struct FilterRecord: FolderRecord {
    static let currentSchema = 1
    static let subject = "a filtered corpus"

    struct Shard: RecordedShard {
        var name: String
        /// Documents with scores, those of them that were kept, lines that are no documents (they stay) and blank ones.
        var documents = 0
        var kept = 0
        var bad = 0
        var blankLines = 0
        /// Of the shard that was read.
        var size: Int64
        var modified: Int64
        var digest: String
        /// XXH3-128 of its attributes.
        var scores: String
        /// The least quality that was kept, in millionths.
        var threshold: Int
        var isCopied: Bool
        var corpus: WrittenFile
        /// nil where nothing was removed.
        var removed: WrittenFile?

        enum CodingKeys: String, CodingKey {
            case name, documents, kept, bad, size, modified, digest, scores, threshold, corpus, removed
            case blankLines = "blank_lines"
            case isCopied = "copied"
        }

        var isPossible: Bool {
            let counts = 0..<1 << 40
            return [documents, kept, bad, blankLines].allSatisfy(counts.contains) && kept <= documents
        }
    }

    var schema = Self.currentSchema
    var dedup = Version.current
    /// The folder of the corpus, without links.
    var source: String
    /// `min-quality Q` or `top-percent P`.
    var choice: String
    var documents = 0
    var kept = 0
    var shards: [Shard] = []
    /// Shards whose files are about to be deleted; nil for none.
    var leftovers: [String]?

    init(source: String, choice: ScoreRequest.Choice) {
        self.source = source
        self.choice = choice.description
    }

    mutating func count() {
        documents = shards.reduce(0) { $0 + $1.documents }
        kept = shards.reduce(0) { $0 + $1.kept }
    }
}
