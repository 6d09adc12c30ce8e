/// Measures the steps that are asked for, one after the other.
final class Bench {
    let corpus: BenchCorpus
    private let filter: String?
    private let rounds: Int
    /// More rounds follow until so much time has gone by: another process may slow down a few of them.
    private static let leastDuration = Duration.seconds(1)
    /// After so much time no other begins.
    private static let mostDuration = Duration.seconds(20)
    private(set) var measurements: [Measurement] = []
    /// What steps found goes here, so that no compiler leaves out the looking for it.
    var found: UInt64 = 0

    init(_ corpus: BenchCorpus, filter: String?, rounds: Int) {
        self.corpus = corpus
        self.filter = filter
        self.rounds = rounds
    }

    /// Whether a step is asked for.
    func wants(_ step: String) -> Bool { filter.map { step.contains($0) } ?? true }

    /// Measures a step, if it is asked for: the fastest round counts.
    ///
    /// - Parameters:
    ///   - amount: what a round works on; nil for the whole corpus.
    ///   - body: one round; what it has the stopwatch time counts.
    func measure(
        _ step: String, _ amount: Amount? = nil, _ body: (inout Stopwatch) async throws -> Void
    ) async throws {
        guard wants(step) else { return }
        let start = ContinuousClock.now
        // The first round fills caches and has the system find memory: it does not count, unless it is the only one.
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

/// What a round of a step works on.
struct Amount {
    var documents: Int
    var bytes: Int
    /// What else is counted, as keys or pairs.
    var items: (name: String, count: Int)?

    init(documents: Int, bytes: Int, items: (name: String, count: Int)? = nil) {
        self.documents = documents
        self.bytes = bytes
        self.items = items
    }

    /// All documents, with the bytes of their lines.
    init(_ corpus: BenchCorpus, items: (name: String, count: Int)? = nil) {
        self.init(documents: corpus.documentCount, bytes: corpus.bytes, items: items)
    }
}
