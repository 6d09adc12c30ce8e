internal import Basics
internal import Corpus

/// filter.json of a filtered corpus: the scores and the threshold that it was made with, and its finished shards.
package struct FilterRecord: FolderRecord {
    package static let currentSchema = 2
    package static let subject = "a filtered corpus"

    /// A finished shard.
    package struct Shard: RecordedShard {
        /// The shard's name.
        package var name: String
        /// The number of documents, with and without scores.
        package var documents = 0
        /// The number of documents that were kept.
        package var kept = 0
        /// The number of lines that are not documents; they are kept.
        package var bad = 0
        /// The number of blank lines; they are not written.
        package var blankLines = 0
        /// Size, time of modification and digest of the shard that was read.
        package var size: Int64
        package var modified: Int64
        package var digest: String
        /// XXH3-128 of the file with the shard's scores.
        package var scores: String
        /// The lowest quality that was kept, in millionths.
        package var threshold: Int
        /// Whether nothing was removed, so that the output is a copy of the shard's file.
        package var isCopied: Bool
        /// Size and digest of the filtered shard.
        package var corpus: WrittenFile
        /// The list of removed documents; nil if none was removed.
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

    /// The version of this file's format.
    package var schema = Self.currentSchema
    /// The version of dedup that wrote the record.
    package var dedup = Version.current
    /// The real path of the folder with the corpus.
    package var source: String
    /// Which documents were chosen: `min-quality Q` or `top-percent P`, and what was done with documents that have no
    /// scores or are out of domain, unless it is the default.
    package var choice: String
    /// The number of documents in all shards.
    package var documents = 0
    /// The number of these that were kept.
    package var kept = 0
    /// The finished shards.
    package var shards: [Shard] = []
    /// Shards whose files are about to be deleted; nil if there are none.
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
