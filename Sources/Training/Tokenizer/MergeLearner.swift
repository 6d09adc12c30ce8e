internal import Basics

/// Learns the merges of a byte-level BPE tokenizer from counted pieces.
///
/// This is algorithm 1 of Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units": the most
/// frequent pair of adjacent tokens becomes a new token, again and again, until the vocabulary is full. The counts of
/// pairs are kept up to date; for this, the pieces in which each pair occurs are known. A heap gives the next pair.
///
/// The result depends only on the counts of the pieces. Ties and overlaps are decided as in Hugging Face's
/// `BpeTrainer`:
///
/// - Among equally frequent pairs, the one with the lower left id comes first, then the one with the lower right id.
/// - Overlapping pairs are all counted: `aaa` has two pairs `a a`. They are merged from left to right.
///
/// No two merges make the same token: a merge is applied wherever it is possible, so between two boundaries of tokens
/// the same bytes are always merged in the same way. Therefore every new pair contains the newest token, and no pair is
/// queued twice.
struct MergeLearner: ~Copyable {
    /// The limits of the learning, and callbacks.
    struct Settings {
        /// The number of tokens in the vocabulary, with special tokens and bytes.
        var vocabulary: Int
        /// A pair that occurs less often is not merged. At least 1.
        var minFrequency: Int
        /// The maximum memory in bytes.
        var memory = Int.max
        /// Is called with the size of the vocabulary after each merge.
        var progress: (Int) -> Void = { _ in }
        /// Is called after each merge, and from time to time before. If it returns true, the learning stops.
        var isCancelled: () -> Bool = { false }
    }

    /// The reasons why learning ends without a result.
    enum Obstacle: Error {
        case memory
        case cancelled
    }

    /// The tokens of a piece: where they begin in `tokens`, how many are left, and how often the piece occurs.
    struct Span: BitwiseCopyable {
        let start: Int
        var length: UInt32
        let count: Int64
    }

    private let settings: Settings
    private var tokens = Buffer<Int32>()
    private var spans = Buffer<Span>()
    private var statistics = PairStatistics()
    private var queue = PairQueue()

    /// The bytes of each token, indexed by id.
    private var contents: [[UInt8]]

    /// - Parameters:
    ///   - counts: the pieces of the corpus. The table is freed once it was read.
    ///   - special: the number of special tokens; their ids come before those of the bytes.
    ///   - bytes: the 256 bytes in the order of their ids.
    init(
        _ counts: consuming PieceCounts, special: Int, bytes: [UInt8], _ settings: Settings
    ) throws(Obstacle) {
        self.settings = settings
        // Special tokens have no bytes, so no merge makes one.
        contents = [[UInt8]](repeating: [], count: special)
        var idsOfBytes = [Int32](repeating: 0, count: 256)
        for byte in bytes {
            idsOfBytes[Int(byte)] = Int32(contents.count)
            contents.append([byte])
        }
        let needed = counts.memory + counts.textBytes * 4 + counts.count * MemoryLayout<Span>.stride
        if needed > settings.memory { throw .memory }
        tokens.reserve(counts.textBytes)
        spans.reserve(counts.count)
        for index in 0..<counts.entries.count {
            let entry = counts.entries[index]
            // A single byte has no pairs.
            if entry.length < 2 { continue }
            spans.append(Span(start: tokens.count, length: entry.length, count: entry.count))
            for byte in counts.text(entry) { tokens.append(idsOfBytes[Int(byte)]) }
        }
    }

    private var memory: Int {
        tokens.capacity * 4 + spans.capacity * MemoryLayout<Span>.stride + statistics.memory + queue.memory
    }

    private func check() throws(Obstacle) {
        if memory > settings.memory || statistics.isFull { throw .memory }
        if settings.isCancelled() { throw .cancelled }
    }

    /// The vocabulary and the merges that were learned.
    struct Result: Sendable {
        /// The bytes of each token, indexed by id; empty for special tokens.
        let contents: [[UInt8]]
        /// The merges in the order of their ranks.
        let merges: [PairStatistics.Pair]
    }

    consuming func learn() throws(Obstacle) -> Result {
        try countPairs()
        var merges: [PairStatistics.Pair] = []
        while contents.count < settings.vocabulary, var item = queue.popFirst() {
            let count = statistics.entries[Int(item.place)].count
            if item.count != count {
                item.count = count
                queue.append(item)
                continue
            }
            if count < max(1, settings.minFrequency) { break }
            merges.append(item.pair)
            contents.append(contents[Int(item.pair.left)] + contents[Int(item.pair.right)])
            merge(item, into: Int32(contents.count - 1))
            try check()
            settings.progress(contents.count)
        }
        return Result(contents: contents, merges: merges)
    }

    private mutating func countPairs() throws(Obstacle) {
        for piece in 0..<spans.count {
            let span = spans[piece]
            for place in span.start..<span.start + Int(span.length) - 1 {
                statistics.add(.init(tokens[place], tokens[place + 1]), span.count, in: UInt32(piece))
            }
            if piece % 4096 == 0 { try check() }
        }
        queuePending()
        try check()
    }

    private mutating func queuePending() {
        // The queue is moved out of the learner, because `takePending` has exclusive access to the statistics.
        var queue = PairQueue()
        swap(&queue, &self.queue)
        statistics.takePending { place, entry in queue.append(entry, place: place) }
        swap(&queue, &self.queue)
    }

    private mutating func merge(_ item: PairQueue.Item, into product: Int32) {
        var numbers = Buffer<UInt32>()
        statistics.consume(item.pieces) { numbers.append($0) }
        for index in 0..<numbers.count { merge(item.pair, into: product, in: numbers[index]) }
        queuePending()
    }

    /// Merges a pair in a piece, from left to right, and updates the counts of the neighbouring pairs.
    private mutating func merge(_ pair: PairStatistics.Pair, into product: Int32, in piece: UInt32) {
        let span = spans[Int(piece)]
        let end = span.start + Int(span.length)
        var read = span.start
        var write = span.start
        while read < end {
            guard tokens[read] == pair.left, read + 1 < end, tokens[read + 1] == pair.right else {
                tokens[write] = tokens[read]
                read += 1
                write += 1
                continue
            }
            if write > span.start {
                let before = tokens[write - 1]
                statistics.subtract(.init(before, pair.left), span.count)
                statistics.add(.init(before, product), span.count, in: piece)
            }
            read += 2
            if read < end {
                let behind = tokens[read]
                statistics.subtract(.init(pair.right, behind), span.count)
                statistics.add(.init(product, behind), span.count, in: piece)
            }
            tokens[write] = product
            write += 1
        }
        spans[Int(piece)].length = UInt32(write - span.start)
    }
}
