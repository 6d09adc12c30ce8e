package import Corpus
internal import OutputStore
package import Tokenizers

/// The settings of `dedup tokenize`.
package struct TokenizeOptions: Sendable {
    /// What is written for a text.
    package enum Output: String, Sendable, CaseIterable {
        case ids, tokens, counts
    }

    /// What is written for each document.
    package var output = Output.ids
    /// Whether special tokens in a text are recognized, or treated as plain text.
    package var special = SpecialTokens.plain
    /// The largest number of tokens of a text, including special tokens; nil for no limit.
    package var limit: Int?
    /// Whether the special tokens are added that the model expects around a text.
    package var addsSpecial = true
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    /// The fields that hold a document's text.
    package var textField = "text"
    /// The field that holds a document's id.
    package var idField = "id"
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text and the id.
    package var allowsNaN = false
    /// What is done with bad lines. For a bad line that is kept, the reason is written instead of tokens.
    package var onBadLine = BadLinePolicy.stop
    /// Whether to continue when most lines of a shard are dropped.
    package var allowsMostlyBad = false

    /// Whether damaged shards are left out; otherwise the first one ends the run.
    package var skipsDamagedShards = false

    package init() {}
}
