internal import Basics
package import DeBERTa
internal import Embedding

/// The parameters of fine-tuning.
extension Parameter {
    static let epochs = Parameter("epochs")
    static let batch = Parameter("batch")
    static let learningRate = Parameter("learning-rate")
    static let warmUp = Parameter("warm-up")
    static let dropout = Parameter("dropout")
    static let seed = Parameter("seed")
    static let task = Parameter("task")
}

/// How a model is fine-tuned for a task.
package struct TaskSettings: Sendable, Equatable {
    /// How often every example for training is read.
    package var epochs = 10
    /// The number of examples in a step.
    package var batch = 16
    /// The highest learning rate. It is reached after the warm-up, and falls to 0 along half a cosine.
    package var learningRate: Float = 1e-4
    /// The share of the steps over which the learning rate rises.
    package var warmUp = 0.1
    /// The constants of AdamW.
    package var optimizer = AdamW()
    /// The probability of dropout, for states and for attention weights.
    package var dropout: Float = 0.1
    /// The maximum number of tokens of a sequence; nil for 512, or as many as the model has positions if that is less.
    package var maxTokens: Int?
    /// What stands for a whole sequence: the mean of the states of its tokens, or the state of the first token.
    package var pooling = Pooling.mean
    /// Chooses the first weights of the classifier, the order of the examples and the dropout.
    package var seed = 1
    /// The precision of the matrix products: f32 or bf16.
    package var precision = Precision.best
    /// The maximum number of tokens in a micro-batch of one thread, which bounds the memory for activations; a longer
    /// example is a micro-batch by itself.
    package var microBatchTokens = 1024

    package init() {}

    /// Checks the ranges of the numbers.
    ///
    /// - Throws: a usage error that names the parameter.
    func check() throws(Failure) {
        func check<Number: Comparable>(
            _ number: Number, _ range: ClosedRange<Number>, _ parameter: Parameter
        ) throws(Failure) {
            if range.contains(number) { return }
            throw .usage("\(parameter) is a number from \(range.lowerBound) to \(range.upperBound), not \(number)")
        }
        try check(epochs, 1...10_000, .epochs)
        try check(batch, 1...1 << 16, .batch)
        try check(learningRate, 0...1, .learningRate)
        try check(warmUp, 0...1, .warmUp)
        try check(dropout, 0...0.9, .dropout)
        try check(seed, 0...Int.max, .seed)
        if let maxTokens { try check(maxTokens, 8...1 << 20, .maxTokens) }
        if precision == .int8 {
            throw .usage("\(Parameter.precision) is f32 or bf16 here: a model is not trained in int8")
        }
        try precision.check()
    }

    /// The maximum number of tokens of a sequence, for a model.
    ///
    /// - Throws: a usage error if the model does not have as many positions.
    func maxTokens(of model: Configuration) throws(Failure) -> Int {
        let most = maxTokens ?? min(512, model.maxPositions)
        if most <= model.maxPositions { return most }
        throw .usage("\(Parameter.maxTokens(String(most))): the model has \(model.maxPositions) positions only")
    }
}
