package import Basics
internal import DeBERTa
internal import Tokenizers

extension EncodingModel {
    /// Returns the vector of one text, with the same bytes that `dedup embed` writes for it.
    package func vector(of text: String, _ parameters: EmbedParameters) throws(Failure) -> [Float] {
        let tokenizer = try tokenizer()
        let encoder = try Encoder(checkpoint, precision: parameters.precision)
        let maker = try SequenceMaker(tokenizer, parameters)
        var tokens = Buffer<Int32>()
        var ids = Buffer<Int32>()
        var lengths = Buffer<Int32>()
        let worker = Tokenizer.Worker(tokenizer, parameters.specialTokens)
        var text = text
        text.withUTF8 { worker.encode($0, into: &tokens) }
        maker.append(tokens.elements, to: &ids, &lengths)
        let parts = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(1, lengths.count * parameters.dimensions))
        defer { parts.deallocate() }
        var start = 0
        for (number, length) in lengths.elements.enumerated() {
            try encoder.encode(
                ids.elements, [start..<start + Int(length)], parameters.pooling,
                into: parts.baseAddress! + number * parameters.dimensions)
            start += Int(length)
        }
        var result: [Float] = []
        let combiner = VectorCombiner(
            dimensions: parameters.dimensions, whitening: try whitening(parameters.whitening),
            normalizes: parameters.normalize)
        try combiner.combine(lengths: lengths.elements) { part in
            let start = part * parameters.dimensions
            return UnsafeBufferPointer(rebasing: parts[start..<start + parameters.dimensions])
        } _: { vector throws(Failure) in
            result = Array(vector)
        }
        return result
    }
}
