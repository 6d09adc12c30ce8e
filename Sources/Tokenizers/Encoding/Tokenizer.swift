package import Basics

/// How a special token is read that occurs in a text, such as `</s>`.
package enum SpecialTokens: String, Sendable, CaseIterable {
    /// As ordinary text, so that a document can never give commands to the model. (The ids of a text then include no
    /// ids of special tokens, except of special tokens that are a single byte.)
    case plain
    /// As the special token. This is what Hugging Face does.
    case split
}

/// A byte-level BPE tokenizer that reads the files of Hugging Face. Several threads may use it at the same time, each
/// with a `Worker` of its own.
///
/// Byte pair encoding (BPE): Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units". BPE
/// over bytes, after a pre-tokenizer: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
///
/// The ids are those of Hugging Face's `tokenizers`, with one exception: added tokens keep the ids that the file gives
/// them, even if there are unused ids between them. The settings for truncation and padding are ignored; both are the
/// caller's task.
///
/// Texts are UTF-8. A byte that is not part of valid UTF-8 is read as a character that is neither letter, number nor
/// whitespace. Every byte has a token, so no byte is lost.
package final class Tokenizer: Sendable {
    let vocabulary: Vocabulary
    let added: AddedTokens
    /// The added tokens that are not special. They are cut out of a text even if special tokens are read as plain text.
    let ordinary: AddedTokens
    let addsPrefixSpace: Bool
    let ignoresMerges: Bool
    let template: Template
    /// The length in bytes of the longest token. A longer piece is not a token by itself.
    let longestToken: Int
    private let pairs: PairTable
    /// Whether any merge makes a special token, which is rare.
    private let makesSpecial: Bool
    /// The merges without those that make special tokens; empty if no merge makes one.
    private let plainPairs: PairTable
    private let idsOfBytes: Buffer<Int32>

    /// The largest id plus one.
    package let idLimit: Int

    /// The special ids that the post-processor adds before and after the ids of a single text.
    package let prefix: [Int32]
    package let suffix: [Int32]

    init(_ definition: consuming TokenizerDefinition) {
        let added = AddedTokens(definition.added)
        let merges = definition.merges.elements
        makesSpecial = merges.contains { added.specialIDs.contains($0.product) }
        pairs = PairTable(merges)
        let none = UnsafeBufferPointer<PairTable.Merge>(start: nil, count: 0)
        plainPairs = PairTable(makesSpecial ? merges : none, except: added.specialIDs)
        self.added = added
        ordinary = AddedTokens(added.tokens.filter { !$0.isSpecial })
        idLimit = definition.vocabulary.idLimit
        longestToken = definition.vocabulary.longest
        addsPrefixSpace = definition.addsPrefixSpace
        ignoresMerges = definition.ignoresMerges
        template = definition.template
        (prefix, suffix) = definition.template.around
        idsOfBytes = definition.idsOfBytes
        vocabulary = definition.vocabulary
    }

    /// The merges for texts whose special tokens are read in this way. They are valid as long as the tokenizer exists.
    func merges(_ special: SpecialTokens) -> PairTable.Lookup {
        special == .plain && makesSpecial ? plainPairs.lookup : pairs.lookup
    }

    /// The ids of the 256 bytes. They are valid as long as the tokenizer exists.
    var byteIDs: UnsafePointer<Int32> { idsOfBytes.elements.baseAddress! }

    /// The id of a token, written as in the vocabulary (`Ġthe`); nil if there is no such token.
    package func id(of token: String) -> Int32? { vocabulary.id(of: token) }

    /// The token with this id, written as in the vocabulary; nil if there is none.
    package func token(_ id: Int32) -> String? {
        vocabulary.text(of: id).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the id is that of a special token.
    package func isSpecial(_ id: Int32) -> Bool { added.specialIDs.contains(id) }

    /// The bytes of the text that the ids stand for. They may begin or end within a character, if the ids are a part of
    /// a text's ids.
    ///
    /// - Parameter skippingSpecial: whether special tokens are left out.
    /// - Throws: a usage error if no token has one of the ids.
    package func decode(
        _ ids: some Sequence<Int32>, skippingSpecial: Bool = false
    ) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        for id in ids {
            guard let text = vocabulary.text(of: id) else {
                throw .usage("\(id) is no id of this tokenizer, whose ids are below \(idLimit)")
            }
            if skippingSpecial && isSpecial(id) { continue }
            if let decoded = ByteAlphabet.bytes(of: text) { bytes += decoded } else { bytes += text }
        }
        return bytes
    }
}
