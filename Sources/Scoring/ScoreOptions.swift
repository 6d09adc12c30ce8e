package import Basics
package import Corpus
package import DeBERTa
internal import OutputStore
internal import Pipelines

/// What `dedup score` is asked to do.
package struct ScoreRequest: Sendable {
    /// Which documents are good enough.
    package enum Choice: Sendable, Equatable {
        /// Those of this quality or above.
        case minQuality(Double)
        /// The best of the corpus, so many percent, and all that are as good as the last of them.
        case topPercent(Double)

        /// As the command line writes it.
        package var description: String {
            switch self {
            case .minQuality(let quality): "min-quality \(Self.short(quality))"
            case .topPercent(let percent): "top-percent \(Self.short(percent))"
            }
        }

        /// Without a point that nothing follows.
        static func short(_ number: Double) -> String {
            let text = "\(number)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
    }

    /// The folder of the corpus.
    package var corpus: String
    /// Which files of the corpus are shards.
    package var selection = ShardSelection.standard
    /// The head's file; nil: that of the model.
    package var head: String?
    /// Names of the outputs that are asked for; empty: all of the head's.
    package var outputs: [String] = []
    package var choice: Choice?
    /// The folder of the filtered corpus; nil where none is written.
    package var out: String?
    /// A folder of vectors that are read instead of computed.
    package var embeddings: String?
    /// The model's folder; nil where it was not said.
    package var model: String?
    package var precision: Precision?
    /// Whether the texts' statistics are written too.
    package var writesStatistics = false
    package var textField: String
    package var idField: String
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false
    /// Whether a line that is no document has a line without scores; else the run ends there.
    package var keepsBadLines = false
    package var threads: Int
    package var memory: Int
    /// Leave out shards whose bytes are damaged, instead of stopping at the first one.
    package var skipsDamagedShards = false
    /// The setting that zstd windows of the shards were held against, where it is another one.
    var windowMemory: Int?
    /// Make the scores, and the filtered corpus, anew, whatever they were made with.
    package var replaces = false

    package init(corpus: String, threads: Int, memory: Int) {
        self.corpus = corpus
        self.threads = threads
        self.memory = memory
        let read = ReadOptions()
        textField = read.textField
        idField = read.idField
    }
}
