package import Basics

/// What special tokens that stand in a text are read as.
package enum SpecialTokens: String, Sendable, CaseIterable {
    /// As text: what a document says is never a command to the model. (The ids of special tokens do not come of a text
    /// then, unless a special token is a single byte.)
    case plain
    /// As the special token, as Hugging Face does.
    case split
}

/// A byte-level BPE tokenizer in the file formats of Hugging Face. Any number of threads may use one at once.
///
/// Byte pair encoding: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units"; over bytes
/// and behind a pre-tokenizer: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners". The ids are
/// those of Hugging Face's `tokenizers`, but that added tokens keep the ids that the file gives them, where there are
/// holes between these too. What the files say about truncation and padding is left to the caller.
///
/// Texts are UTF-8. Bytes that are none are tokenized too, each as a character that is neither letter, number nor
/// whitespace; every byte has a token, so none is lost.
package final class Tokenizer: Sendable {
    let vocabulary: Vocabulary
    let added: AddedTokens
    /// Those that are not special: they are cut out of plain text too.
    let ordinary: AddedTokens
    let addsPrefixSpace: Bool
    let ignoresMerges: Bool
    let template: Template
    /// Bytes of the longest piece that is one token.
    let longestToken: Int
    private let pairs: PairTable
    /// Whether a merge makes a special token: hardly ever.
    private let makesSpecial: Bool
    /// The merges without those that make special tokens; empty when there are none.
    private let plainPairs: PairTable
    private let idsOfBytes: Buffer<Int32>

    /// One more than the largest id.
    package let idLimit: Int

    /// What the post-processor puts before and after the ids of a single text.
    package let prefix: [Int32]
    package let suffix: [Int32]

    /// Reads `tokenizer.json` of a folder or, where there is none, `vocab.json`, `merges.txt` and their settings.
    ///
    /// - Throws: when a file is missing or broken, or asks for what this tokenizer cannot do and what would change ids:
    ///   another model than BPE, another pre-tokenizer than ByteLevel, a normalizer.
    package convenience init(folder: String) throws(Failure) {
        let file = folder + "/tokenizer.json"
        if File.exists(file) {
            try self.init(TokenizerFile(file).definition())
        } else if File.exists(folder + "/vocab.json") && File.exists(folder + "/merges.txt") {
            try self.init(VocabularyFiles(folder: folder).definition())
        } else {
            throw Failure(
                "\(folder): no tokenizer in it; a model's folder has tokenizer.json, or vocab.json and merges.txt")
        }
    }

    /// Reads the text of a `tokenizer.json`.
    ///
    /// - Parameter name: what errors call it.
    package convenience init(json text: UnsafeRawBufferPointer, name: String) throws(Failure) {
        try self.init(TokenizerFile(text, name: name).definition())
    }

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

    /// The merges for texts, valid as long as the tokenizer.
    func merges(_ special: SpecialTokens) -> PairTable.Lookup {
        special == .plain && makesSpecial ? plainPairs.lookup : pairs.lookup
    }

    /// The ids of the 256 bytes, valid as long as the tokenizer.
    var byteIDs: UnsafePointer<Int32> { idsOfBytes.elements.baseAddress! }

    /// The id of a token as the vocabulary writes it (`Ġthe`); nil when it is none.
    package func id(of token: String) -> Int32? { vocabulary.id(of: token) }

    /// A token as the vocabulary writes it; nil for an id that has none.
    package func token(_ id: Int32) -> String? {
        vocabulary.text(of: id).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the id is a special token's.
    package func isSpecial(_ id: Int32) -> Bool { added.specialIDs.contains(id) }

    /// The text of ids, as bytes: a part of a text's ids may end within a character.
    ///
    /// - Parameter skippingSpecial: leaves special tokens out.
    /// - Throws: when an id is no token's.
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
