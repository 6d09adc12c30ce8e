package import Corpus
internal import OutputStore
package import Tokenizers

/// What `dedup tokenize` makes of texts.
package struct TokenizeOptions: Sendable {
    /// What is written of a text.
    package enum Output: String, Sendable, CaseIterable {
        case ids, tokens, counts
    }

    package var output = Output.ids
    package var special = SpecialTokens.plain
    /// Tokens of a text at most, the added ones counted; nil for all.
    package var limit: Int?
    /// Whether the tokens are added that the model expects around a text.
    package var addsSpecial = true
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    package var textField = "text"
    package var idField = "id"
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false
    /// A bad line that is kept has its reason in place of tokens.
    package var onBadLine = BadLinePolicy.stop
    /// Go on when most lines of a shard are dropped.
    package var allowsMostlyBad = false

    /// Leave out shards whose bytes are damaged, instead of stopping at the first one.
    package var skipsDamagedShards = false

    package init() {}
}
