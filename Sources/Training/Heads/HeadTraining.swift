internal import Basics
package import PipelineGraph
package import QualityScoring

/// A head that was trained on labelled texts, and what its cross-validation says about it.
package struct TrainedHead: Sendable {
    /// An output of the head.
    package struct Output: Sendable {
        package let output: Head.Output
        /// The penalty of the weights of statistics, and how much stronger that of the vector's weights is.
        package let penalty: Double
        package let vectorFactor: Double
        /// How the output judges the texts of sources and kinds that it was not fitted to.
        package let validation: CrossValidation
    }

    /// The outputs, in the order of `TrainingTexts.outputs`.
    package let outputs: [Output]
    /// Where the vectors of the texts lie.
    package let space: VectorSpace?
    /// The calibration of the lowest score, and how the quality judges the texts; nil for a single output.
    package let quality: (calibration: Calibration, validation: CrossValidation)?
}

extension TrainingTexts {
    /// Fits the outputs, and calibrates each of them and the quality. The result depends on the texts and their order,
    /// but not on the number of threads.
    ///
    /// - Parameter penalty: the penalty of the weights of statistics; nil for the one under which texts of sources and
    ///   kinds that were left out are judged best.
    /// - Throws: if an output has no good or no bad texts, or too few groups, or a vector has values that are not finite.
    package func train(penalty: Double? = nil, on executor: ThreadExecutor) async throws -> TrainedHead {
        var trained: [TrainedHead.Output] = []
        /// For each output, the calibrated log-odds of all texts, by regressions that have not seen them.
        var logits: [[Double]] = []
        for index in outputs.indices {
            let training = try OutputTraining(self, output: index)
            let validation = try await training.search(strength: penalty, on: executor)
            let regression = training.fit(validation.penalty)
            let calibrated = validation.logits.map(validation.calibration.logit)
            let crossValidation = CrossValidation(
                scores: calibrated.map { Calibration.none.probability(ofLogit: $0) }, labels: training.labels,
                training.parts)
            trained.append(
                TrainedHead.Output(
                    output: Head.Output(
                        name: outputs[index], bias: regression.bias.shortened,
                        weights: regression.weights.map(\.shortened), scaling: training.scaling,
                        calibration: validation.calibration,
                        domain: Domain(of: zip(training.examples, training.labels).filter(\.1).map { profiles[$0.0] }),
                        good: training.labels.count { $0 }, bad: training.labels.count { !$0 },
                        auc: crossValidation.auc),
                    penalty: validation.penalty.statistics, vectorFactor: validation.penalty.vectorFactor,
                    validation: crossValidation))
            if outputs.count > 1 {
                var all = (0..<count).map { text in
                    labels[text][index] == nil
                        ? validation.calibration.logit(training.logit(regression, of: text, in: self)) : 0
                }
                for (text, logit) in zip(training.examples, calibrated) { all[text] = logit }
                logits.append(all)
            }
        }
        return TrainedHead(
            outputs: trained, space: VectorSpace(self), quality: try outputs.count > 1 ? calibrateQuality(logits) : nil)
    }

    /// The share of good texts in the corpora that the quality is calibrated for. Most texts of a corpus are good: menus,
    /// damage and spam are the exception. It is the prior of the calibration; the outputs have an even one.
    private static let shareOfGoodTexts = 3.0 / 4

    /// Calibrates the lowest score. A text is good if it is good in all respects that are known of it.
    private func calibrateQuality(
        _ logits: [[Double]]
    ) throws(Failure) -> (calibration: Calibration, validation: CrossValidation) {
        let judged = (0..<count).filter { isGood($0) != nil }
        let good = judged.map { isGood($0)! }
        let parts = try HeldOutParts(
            isGood: good, sources: judged.map { sources[$0] }, kinds: judged.map { kinds[$0] },
            groups: judged.map { groups[$0] })
        let lowest = judged.map { text in logits.map { $0[text] }.min()! }
        let weights = parts.weights(of: Array(judged.indices), good: Self.shareOfGoodTexts)
        let calibration = Calibration(fitting: lowest, good, weights: weights)
        let scores = lowest.map(calibration.probability)
        return (calibration, CrossValidation(scores: scores, labels: good, parts, good: Self.shareOfGoodTexts))
    }
}

extension Double {
    /// The number with the precision of a `Float` (seven digits), which is enough for a head and keeps its file short.
    var shortened: Double { Double("\(Float(self))") ?? self }
}
