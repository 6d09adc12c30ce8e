internal import Basics
package import Corpus
package import DeBERTa
internal import OutputStore
internal import Pipelines

/// The settings of `dedup score`.
package struct ScoreRequest: Sendable {
    /// The folder of the corpus.
    package var corpus: String
    /// Which files of the corpus are shards.
    package var selection = ShardSelection.standard
    /// The path of the head's file; nil for the head in the model's folder.
    package var head: String?
    /// The names of the head's outputs to compute; empty for all of them.
    package var outputs: [String] = []
    /// Which documents the filtered corpus has, and the counts are of; nil if there is no choice.
    package var choice: DocumentChoice?
    /// The folder of the filtered corpus; nil if none is written.
    package var out: String?
    /// The folder of stored vectors to read; nil to compute the vectors.
    package var embeddings: String?
    /// The folder of the model; nil for the one that `ModelLocation` finds.
    package var model: String?
    /// The precision of the encoder; nil for the default.
    package var precision: Precision?
    /// Whether the statistics of the texts are written to the scores files.
    package var writesStatistics = false
    /// The fields that hold a document's text.
    package var textField: String
    /// The field that holds a document's id.
    package var idField: String
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text and the id.
    package var allowsNaN = false
    /// Whether lines that are not documents get an entry without scores; otherwise such a line ends the run.
    package var keepsBadLines = false
    /// The number of threads of the run.
    package var threads: Int
    /// The memory that the run may use, in bytes.
    package var memory: Int
    /// Whether damaged shards are left out; otherwise the first one ends the run.
    package var skipsDamagedShards = false
    /// The memory setting, in bytes, that the limits for zstd windows are computed from; nil for `memory`. The stage
    /// `score` of `dedup run` gets only a part of the memory, but has to read every window that the run could read.
    var windowMemory: Int?
    /// Whether existing scores, and the filtered corpus, are replaced, even if they were made with other parameters.
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
