/// Measures the steps that are asked for, one after the other.
final class Bench {
    let corpus: BenchCorpus
    private let filter: String?
    private let rounds: Int
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
        var best: Cost?
        // The first round fills caches and has the system find memory: it does not count.
        for round in 0...rounds {
            var watch = Stopwatch()
            try await body(&watch)
            if round > 0, best == nil || watch.cost.seconds < best!.seconds { best = watch.cost }
        }
        measurements.append(Measurement(step, amount ?? Amount(corpus), best!))
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
