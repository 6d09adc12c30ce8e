internal import Basics
internal import QualityScoring
internal import Tokenizers

/// A text that is put before every sequence, such as `query: `. The white space at its end is tokenized together with the
/// text behind it: byte-level tokenizers join a space to the word that follows. So the first sequence has the tokens of
/// prefix and text as one string, as long as the tokenizer ends a token before that white space.
struct PrefixText {
    private let words: [UInt8]
    /// The white space at the end.
    let space: [UInt8]

    init(_ prefix: String) {
        let bytes = Array(prefix.utf8)
        let end = bytes.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }.map { $0 + 1 } ?? 0
        words = Array(bytes[..<end])
        space = Array(bytes[end...])
    }

    /// The token ids of the prefix without the white space at its end.
    func tokens(_ tokenizer: Tokenizer) -> [Int32] {
        var ids = Buffer<Int32>()
        words.withUnsafeBufferPointer { Tokenizer.Worker(tokenizer, .plain).encode($0, into: &ids) }
        return Array(ids.elements)
    }
}

/// Tokenizes texts, in the layout that is encoded. Only one thread at a time may use it.
final class TextTokenizer {
    private let worker: Tokenizer.Worker
    private let layout: TextLayout
    private var joined = CanonicalText()
    /// The white space that every text begins with, because the prefix ends with it; and then the text.
    private var spaced = Buffer<UInt8>()
    private let space: [UInt8]

    init(_ tokenizer: Tokenizer, _ parameters: EmbedParameters) {
        worker = Tokenizer.Worker(tokenizer, parameters.specialTokens)
        layout = parameters.layout
        space = PrefixText(parameters.prefix).space
    }

    /// Appends the token ids of a text.
    func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout Buffer<Int32>) {
        let text = layout == .keep ? text : joined.read(text, onlyJoins: true)
        if space.isEmpty { return worker.encode(text, into: &ids) }
        spaced.removeAll()
        space.withUnsafeBufferPointer { spaced.append(contentsOf: $0) }
        spaced.append(contentsOf: text)
        worker.encode(spaced.elements, into: &ids)
        // Free a buffer that a very long text has made large.
        if spaced.capacity > 1 << 20 { spaced = Buffer() }
    }
}
