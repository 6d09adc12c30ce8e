internal import Basics
internal import DeBERTa
internal import PipelineGraph
internal import Pipelines

/// Encodes the sequences of units and writes the vectors to the window.
struct EncodeUnits: Transform {
    let encoder: Encoder
    let pooling: Pooling
    let progress: ShardProgress

    func transform(_ input: EncodingUnit) throws -> EncodingUnit {
        if input.sequences.isEmpty { return input }
        progress.encodingBegins()
        let window = input.window
        let ranges = input.sequences.map { index in
            let sequence = window.sequences[index]
            return sequence.start..<sequence.start + Int(sequence.count)
        }
        try encoder.encode(
            window.ids.elements, ranges, pooling, into: window.room(from: input.sequences.lowerBound))
        progress.encoded(documents: input.documents, tokens: input.tokens)
        return input
    }
}
