internal import Basics
internal import QualityScoring
internal import Tokenizers

/// Tokenizes texts, in the layout that is encoded. Only one thread at a time may use it.
final class TextTokenizer {
    private let worker: Tokenizer.Worker
    private let layout: TextLayout
    private var canonical = CanonicalText()

    init(_ tokenizer: Tokenizer, _ parameters: EmbedParameters) {
        worker = Tokenizer.Worker(tokenizer, parameters.specialTokens)
        layout = parameters.layout
    }

    /// Appends the token ids of a text.
    func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout Buffer<Int32>) {
        worker.encode(layout == .keep ? text : canonical.read(text), into: &ids)
    }
}
