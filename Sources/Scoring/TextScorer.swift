internal import Basics
internal import Embedding
package import QualityScoring

/// Scores texts that are in memory. The scores of a text are the numbers that a scoring run writes for it.
///
/// Any number of threads may use it at the same time; each call computes on the thread that made it.
package final class TextScorer: Sendable {
    /// The scores of one text.
    package struct Result: Sendable {
        /// The scores; nil if the text cannot be judged.
        package let scores: Scores?
        /// Why the text cannot be judged; nil if it has scores.
        package let unscored: Unscored?
        /// The statistics of the text, in the order of `statistics`.
        package let statistics: [Float]
    }

    /// The scores of one text that can be judged.
    package struct Scores: Sendable {
        /// The quality, 0...1, rounded to millionths.
        package let quality: Double
        /// The score of each output, 0...1, rounded to millionths, in the order of `outputs`.
        package let outputs: [Double]
        /// Whether the head was not trained on texts of this kind.
        package let isOutOfDomain: Bool
    }

    /// The names of the outputs.
    package let outputs: [String]
    /// The names of the statistics.
    package static var statistics: [String] { TextStatistics.all.map(\.name) }

    private let encoder: TextEmbedder
    private let scorer: DocumentScorer
    private let analyzers = Pool { TextAnalyzer() }

    /// Loads a head and the model that it was trained with.
    ///
    /// - Parameter request: the model, the head, the outputs and the precision; nothing else of it is used.
    /// - Throws: a usage error if the head does not belong to the model or has no such outputs.
    package init(_ request: ScoreRequest) async throws {
        let basis = try await ScoringBasis(request, recorded: nil)
        guard case .computed(let model, let parameters, _) = basis.vectors else {
            throw Failure.usage("stored vectors cannot be used to score texts in memory; leave them out")
        }
        encoder = try TextEmbedder(model, parameters, threads: request.threads)
        scorer = basis.scorer
        outputs = scorer.head.outputs.map(\.name)
    }

    /// Returns the scores of some texts, in their order.
    ///
    /// - Throws: if a vector contains NaN or infinity.
    package func scores(of texts: some Collection<String>) throws -> [Result] {
        let vectors = try encoder.vectors(of: texts)
        return try analyzers.with { analyzer in
            try zip(texts, vectors).map { text, vector in
                var text = text
                var statistics = [Float](repeating: 0, count: TextStatistics.count)
                let profile = text.withUTF8 { text in
                    statistics.withUnsafeMutableBufferPointer { analyzer.analyze(text, into: $0.baseAddress!) }
                }
                if let reason = profile.unscored {
                    return Result(scores: nil, unscored: reason, statistics: statistics)
                }
                let scores = vector.withUnsafeBufferPointer { vector in
                    statistics.withUnsafeBufferPointer { scorer.scores(vector: vector, statistics: $0, profile) }
                }
                guard let scores else {
                    throw Failure("the vector of a text contains NaN or infinity; try the precision f32")
                }
                func number(_ millionths: Int) -> Double { Double(millionths) / Double(DocumentScorer.unit) }
                let found = Scores(
                    quality: number(scores.quality), outputs: scores.outputs.map(number),
                    isOutOfDomain: scores.isOutOfDomain)
                return Result(scores: found, unscored: nil, statistics: statistics)
            }
        }
    }
}
