internal import Basics
internal import DeBERTa
internal import Embedding
internal import Tokenizers

/// Turns examples into tokens: `[CLS] a [SEP] b [SEP]` with the tokenizer's own special tokens.
struct TaskTokenizer {
    private let prefix: [Int32]
    private let suffix: [Int32]
    private let worker: Tokenizer.Worker
    private let maxTokens: Int
    private let pooling: Pooling
    /// The number of sequences of which tokens were left out.
    private(set) var truncated = 0

    /// - Parameter maxTokens: the maximum number of tokens of a sequence, special tokens included. A pair of segments
    ///   loses tokens at the end of the longer one, and of both once they are equally long.
    /// - Throws: a usage error if there is no room for any text.
    init(_ tokenizer: Tokenizer, maxTokens: Int, pooling: Pooling) throws(Failure) {
        prefix = tokenizer.prefix
        suffix = tokenizer.suffix
        worker = Tokenizer.Worker(tokenizer)
        self.maxTokens = maxTokens
        self.pooling = pooling
        if maxTokens < prefix.count + 2 * suffix.count + 2 {
            throw .usage("\(Parameter.maxTokens(String(maxTokens))): there is no room for two texts")
        }
    }

    mutating func examples(_ examples: [TaskExample], _ path: String) throws(Failure) -> [ClassifiedExample] {
        var result: [ClassifiedExample] = []
        for example in examples {
            var sequences: [ClassifiedExample.Sequence] = []
            for segments in example.sequences {
                let sequence = sequence(segments)
                if sequence.ids.isEmpty { throw Failure("\(path): the example \(example.place.line) has no tokens") }
                sequences.append(sequence)
            }
            result.append(ClassifiedExample(sequences: sequences, label: example.label))
        }
        return result
    }

    private mutating func sequence(_ segments: [TaskExample.Segment]) -> ClassifiedExample.Sequence {
        let encoded = segments.map(encode)
        let room = maxTokens - prefix.count - segments.count * suffix.count
        let counts = Self.kept(encoded.map(\.ids.count), room: room)
        if zip(encoded, counts).contains(where: { $0.ids.count > $1 }) { truncated += 1 }
        var ids = prefix
        var spans: [Range<Int>] = []
        for (segment, count) in zip(encoded, counts) {
            let kept = ids.count..<ids.count + count
            for span in segment.spans {
                let place = (span.lowerBound + ids.count..<span.upperBound + ids.count).clamped(to: kept)
                // A span that was cut off, or has no tokens, is replaced by the whole segment.
                spans.append(place.isEmpty ? kept : place)
            }
            ids += segment.ids[..<count]
            ids += suffix
        }
        let whole = pooling == .mean ? 0..<ids.count : 0..<min(1, ids.count)
        return .init(ids: ids, parts: [whole] + spans.map { $0.isEmpty ? whole : $0 })
    }

    /// The number of tokens of each segment that are kept.
    private static func kept(_ counts: [Int], room: Int) -> [Int] {
        guard counts.count == 2, counts[0] + counts[1] > room else { return counts.map { min($0, room) } }
        let half = room / 2
        if counts[0] <= half { return [counts[0], room - counts[0]] }
        if counts[1] <= room - half { return [room - counts[1], counts[1]] }
        return [half, room - half]
    }

    /// The tokens of a segment, and the tokens of its spans. The text is cut where a span begins or ends, so that no token
    /// lies on both sides; a space before a span belongs to its first token.
    private func encode(_ segment: TaskExample.Segment) -> (ids: [Int32], spans: [Range<Int>]) {
        let text = Array(segment.text.utf8)
        func start(_ span: Range<Int>) -> Int {
            let first = span.lowerBound
            return first > 0 && text[first - 1] == UInt8(ascii: " ") ? first - 1 : first
        }
        let cuts = Set(segment.spans.flatMap { [start($0), $0.upperBound] } + [text.count]).sorted()
        var ids = Buffer<Int32>()
        var counts: [Int: Int] = [:]
        var before = 0
        text.withUnsafeBufferPointer { bytes in
            for cut in cuts {
                worker.encode(UnsafeBufferPointer(rebasing: bytes[before..<cut]), into: &ids)
                before = cut
                counts[cut] = ids.count
            }
        }
        // The first token of a span comes after the tokens of the text before it.
        return (Array(ids.elements), segment.spans.map { (counts[start($0)] ?? 0)..<(counts[$0.upperBound] ?? 0) })
    }
}
