internal import Basics
internal import DeBERTa
internal import Embedding
public import Foundation
internal import QualityScoring
internal import Scoring

/// The quality scores of a text.
public struct QualityScores: Sendable, Hashable {
    /// One score: an output of the quality head.
    public struct Output: Sendable, Hashable {
        /// The name of the output, for example `intact`.
        public let name: String
        /// The probability that the text is good in this respect, from 0 to 1, rounded to millionths.
        public let score: Double
    }

    /// Why a text has no scores.
    public enum Unscored: String, Sendable, Hashable, CaseIterable {
        /// The text is empty or consists of white space.
        case blank
        /// The text has no letters.
        case noLetters = "no letters"
        /// The text has fewer than four words.
        case tooShort = "too short"
    }

    /// The probability that the text is good in all respects, from 0 to 1, rounded to millionths; nil if the text
    /// cannot be judged.
    public let quality: Double?
    /// Why the text cannot be judged; nil if it has a quality.
    public let unscored: Unscored?
    /// The outputs, in the order of the head; empty if the text cannot be judged.
    public let outputs: [Output]
    /// The statistics of the text that the head reads besides its vector, by name.
    public let statistics: [String: Float]
    /// Whether the head was not trained on texts of this kind (by length, script, language, or their place in the vector
    /// space): the scores are guesses then. False if the text cannot be judged.
    public let isOutOfDomain: Bool

    /// The score of the output of this name; nil if there is none.
    public subscript(output: String) -> Double? { outputs.first { $0.name == output }?.score }
}

/// Scores the quality of texts with a head: logistic regressions over a text's vector and its statistics.
///
/// ```swift
/// let scorer = try await QualityScorer()
/// let scores = try await scorer.scores(for: texts)
/// let good = zip(texts, scores).filter { $1.quality ?? 0 >= 0.5 }.map(\.0)
/// ```
///
/// The scores of a text are the numbers that a scoring run writes for it. Any number of tasks may use one scorer at the
/// same time.
public final class QualityScorer: Sendable {
    /// The names of the head's outputs, in the order of ``QualityScores/outputs``.
    public let outputs: [String]
    private let scorer: TextScorer

    /// Loads a model and its head.
    ///
    /// - Parameters:
    ///   - model: the folder of the model; nil for the installed one, as in ``TextEncoder/init(model:options:)``.
    ///   - head: the file of the head; nil for `head.json` in the model's folder.
    ///   - precision: the precision of the encoder; nil for the fastest that this processor has.
    /// - Throws: a `DedupError` of the kind `parameter` if there is no model or no head, or the head was trained with
    ///   another model; of the kind `data` if a file is damaged.
    public init(
        model: URL? = nil, head: URL? = nil, precision: TextEncoder.Precision? = nil
    ) async throws(DedupError) {
        scorer = try await Threads.run { () throws in
            var request = ScoreRequest(corpus: "", threads: Threads.count, memory: 0)
            request.model = try InstalledModel.location(model).path
            request.head = try head?.localPath()
            request.precision = precision.flatMap { DeBERTa.Precision(rawValue: $0.rawValue) }
            return try await TextScorer(request)
        }
        outputs = scorer.outputs
    }

    /// Returns the scores of a text.
    ///
    /// - Throws: a `DedupError` of the kind `data` if the text's vector contains NaN or an infinite number, of the kind
    ///   `cancelled` if the task is cancelled.
    public func scores(for text: String) async throws(DedupError) -> QualityScores {
        try await scores(for: [text])[0]
    }

    /// Returns the scores of texts, in their order. It uses all cores.
    ///
    /// - Throws: a `DedupError`, as ``scores(for:)-(String)`` does.
    public func scores(for texts: [String]) async throws(DedupError) -> [QualityScores] {
        try await Threads.run { [scorer] in
            try await Threads.inParallel(TextParts.of(texts)) { try scorer.scores(of: texts[$0]) }
                .flatMap { $0 }.map { QualityScores($0, scorer.outputs) }
        }
    }
}

extension QualityScores {
    fileprivate init(_ result: TextScorer.Result, _ names: [String]) {
        quality = result.scores?.quality
        unscored = result.unscored.flatMap { Unscored(rawValue: $0.name) }
        outputs = zip(names, result.scores?.outputs ?? []).map { Output(name: $0, score: $1) }
        statistics = Dictionary(uniqueKeysWithValues: zip(TextScorer.statistics, result.statistics))
        isOutOfDomain = result.scores?.isOutOfDomain ?? false
    }
}
