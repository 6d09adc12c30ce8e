/// Measures the steps that the user selected, one after the other.
final class Bench {
    let corpus: BenchCorpus
    private let filter: String?
    private let rounds: Int
    /// If `rounds` rounds take less than this, more rounds follow, because another process may slow down a few of them.
    private static let leastDuration = Duration.seconds(1)
    /// After this time no further round begins.
    private static let mostDuration = Duration.seconds(20)
    private(set) var measurements: [Measurement] = []
    /// Results of the steps are added to this, so that the compiler cannot remove the computation.
    var found: UInt64 = 0

    init(_ corpus: BenchCorpus, filter: String?, rounds: Int) {
        self.corpus = corpus
        self.filter = filter
        self.rounds = rounds
    }

    /// Whether the user selected this step.
    func wants(_ step: String) -> Bool { filter.map { step.contains($0) } ?? true }

    /// Measures a step, if it was selected. The fastest round counts.
    ///
    /// - Parameters:
    ///   - amount: the input of a round; nil for the whole corpus.
    ///   - body: one round. Only the parts that it times with the stopwatch count.
    func measure(
        _ step: String, _ amount: Amount? = nil, _ body: (inout Stopwatch) async throws -> Void
    ) async throws {
        guard wants(step) else { return }
        let start = ContinuousClock.now
        // The first round fills caches and lets the process allocate memory. It counts only if there is no other round.
        var warming = Stopwatch()
        try await body(&warming)
        var best = warming.cost
        var done = 0
        var duration = start.duration(to: .now)
        while duration < (done < rounds ? Self.mostDuration : Self.leastDuration) {
            var watch = Stopwatch()
            try await body(&watch)
            if done == 0 || watch.cost.seconds < best.seconds { best = watch.cost }
            done += 1
            duration = start.duration(to: .now)
        }
        measurements.append(Measurement(step, amount ?? Amount(corpus), best))
    }
}

/// The size of the input of one round of a step.
struct Amount {
    var documents: Int
    var bytes: Int
    /// Other things that are counted, such as keys or pairs.
    var items: (name: String, count: Int)?

    init(documents: Int, bytes: Int, items: (name: String, count: Int)? = nil) {
        self.documents = documents
        self.bytes = bytes
        self.items = items
    }

    /// All documents of the corpus, with the bytes of their lines.
    init(_ corpus: BenchCorpus, items: (name: String, count: Int)? = nil) {
        self.init(documents: corpus.documentCount, bytes: corpus.bytes, items: items)
    }
}
