internal import Basics
internal import Corpus

/// filter.json of a filtered corpus: what it was made with and made of. A shard that is listed is done.
package struct FilterRecord: FolderRecord {
    package static let currentSchema = 1
    package static let subject = "a filtered corpus"

    package struct Shard: RecordedShard {
        package var name: String
        /// Documents with scores, those of them that were kept, lines that are no documents (they stay) and blank ones.
        package var documents = 0
        package var kept = 0
        package var bad = 0
        package var blankLines = 0
        /// Of the shard that was read.
        package var size: Int64
        package var modified: Int64
        package var digest: String
        /// XXH3-128 of its attributes.
        package var scores: String
        /// The least quality that was kept, in millionths.
        package var threshold: Int
        package var isCopied: Bool
        package var corpus: WrittenFile
        /// nil where nothing was removed.
        package var removed: WrittenFile?

        package init(
            name: String, documents: Int = 0, kept: Int = 0, bad: Int = 0, blankLines: Int = 0, size: Int64,
            modified: Int64, digest: String, scores: String, threshold: Int, isCopied: Bool, corpus: WrittenFile,
            removed: WrittenFile? = nil
        ) {
            self.name = name
            self.documents = documents
            self.kept = kept
            self.bad = bad
            self.blankLines = blankLines
            self.size = size
            self.modified = modified
            self.digest = digest
            self.scores = scores
            self.threshold = threshold
            self.isCopied = isCopied
            self.corpus = corpus
            self.removed = removed
        }

        package enum CodingKeys: String, CodingKey {
            case name, documents, kept, bad, size, modified, digest, scores, threshold, corpus, removed
            case blankLines = "blank_lines"
            case isCopied = "copied"
        }

        package var isPossible: Bool {
            let counts = 0..<1 << 40
            return [documents, kept, bad, blankLines].allSatisfy(counts.contains) && kept <= documents
        }
    }

    package var schema = Self.currentSchema
    package var dedup = Version.current
    /// The folder of the corpus, without links.
    package var source: String
    /// `min-quality Q` or `top-percent P`.
    package var choice: String
    package var documents = 0
    package var kept = 0
    package var shards: [Shard] = []
    /// Shards whose files are about to be deleted; nil for none.
    package var leftovers: [String]?

    package init(source: String, choice: String) {
        self.source = source
        self.choice = choice
    }

    package mutating func count() {
        documents = shards.reduce(0) { $0 + $1.documents }
        kept = shards.reduce(0) { $0 + $1.kept }
    }
}
