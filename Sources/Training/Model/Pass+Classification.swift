package import Basics

extension Pass {
    /// The place of the classifier in the array of parameters, and its size.
    private var classifier: (weight: Int, bias: Int, parts: Int, outputs: Int) {
        guard case .classifier(let parts, let outputs) = model.parameters.layout.head else {
            preconditionFailure("the model has no classifier")
        }
        return (
            offset(ParameterLayout.classifier + "weight"), offset(ParameterLayout.classifier + "bias"), parts, outputs
        )
    }

    /// Computes the logits of examples, without dropout.
    ///
    /// - Returns: for each example a logit for each class, or for each of its sequences.
    /// - Throws: if a matrix product fails.
    package func logits(_ examples: ArraySlice<ClassifiedExample>) throws(Failure) -> [[Float]] {
        try forward(Self.microBatch(examples, keys: []), appliesDropout: false)
        return logits(of: examples, features(of: examples))
    }

    /// Runs examples, each of which has a label, forward and backward, with dropout. It adds to `gradient` the gradient
    /// of `scale` times the sum of their cross-entropies.
    ///
    /// - Parameter keys: a key for each example, from which its dropout is derived.
    /// - Throws: if a matrix product fails.
    package func train(
        _ examples: ArraySlice<ClassifiedExample>, keys: ArraySlice<UInt64>, scale: Float
    ) throws(Failure) -> ClassificationScore {
        try forward(Self.microBatch(examples, keys: keys), appliesDropout: true)
        let features = features(of: examples)
        let logits = logits(of: examples, features)
        let (weight, bias, parts, outputs) = classifier
        let width = parts * hidden
        space.statesGradient.update(repeating: 0, count: rows * hidden)
        var score = ClassificationScore()
        var sequence = 0
        var slope = [Float](repeating: 0, count: width)
        for (example, logits) in zip(examples, logits) {
            guard let label = example.label else { preconditionFailure("an example without a label") }
            let errors = score.add(logits, label: label).map { Float($0) * scale }
            for (number, part) in example.sequences.enumerated() {
                // The outputs of one sequence are all logits of the example, or one of them.
                slope.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
                for output in 0..<outputs {
                    let error = errors[number * outputs + output]
                    let row = weights(weight) + output * width
                    let rowGradient = gradient + weight + output * width
                    let feature = features.start + sequence * width
                    gradient[bias + output] += error
                    for i in 0..<width {
                        rowGradient[i] += error * feature[i]
                        slope[i] += error * row[i]
                    }
                }
                spread(slope, part.parts, from: batch.sequences[sequence].lowerBound)
                sequence += 1
            }
        }
        try backward()
        return score
    }

    /// The sequences of examples as a micro-batch. Without keys, there is no dropout.
    private static func microBatch(_ examples: ArraySlice<ClassifiedExample>, keys: ArraySlice<UInt64>) -> MicroBatch {
        var batch = MicroBatch()
        for (example, key) in zip(examples, keys.isEmpty ? ArraySlice(examples.map { _ in 0 }) : keys) {
            for (number, sequence) in example.sequences.enumerated() {
                batch.append(sequence.ids, masked: [], key: RandomNumbers.key(key, UInt64(number)))
            }
        }
        return batch
    }

    /// What the classifier reads of the present micro-batch: [sequences, parts * hidden], the means of the states of each
    /// part.
    private func features(of examples: ArraySlice<ClassifiedExample>) -> Room<Float> {
        let parts = classifier.parts
        let features = Room<Float>(batch.sequences.count * parts * hidden)
        var feature = features.start
        for (sequence, range) in zip(examples.lazy.flatMap(\.sequences), batch.sequences) {
            precondition(sequence.parts.count == parts)
            for part in sequence.parts {
                for row in part {
                    let state = space.states + (range.lowerBound + row) * hidden
                    for i in 0..<hidden { feature[i] += state[i] }
                }
                let share = 1 / Float(part.count)
                for i in 0..<hidden { feature[i] *= share }
                feature += hidden
            }
        }
        return features
    }

    private func logits(of examples: ArraySlice<ClassifiedExample>, _ features: Room<Float>) -> [[Float]] {
        let (weight, bias, parts, outputs) = classifier
        let width = parts * hidden
        var sequence = 0
        return examples.map { example in
            var logits: [Float] = []
            for _ in example.sequences {
                let feature = features.start + sequence * width
                for output in 0..<outputs {
                    let row = weights(weight) + output * width
                    var sum = weights(bias)[output]
                    for i in 0..<width { sum += row[i] * feature[i] }
                    logits.append(sum)
                }
                sequence += 1
            }
            return logits
        }
    }

    /// Adds the gradient of the features of a sequence to that of its states.
    private func spread(_ slope: [Float], _ parts: [Range<Int>], from first: Int) {
        for (number, part) in parts.enumerated() {
            let share = 1 / Float(part.count)
            for row in part {
                let state = space.statesGradient + (first + row) * hidden
                for i in 0..<hidden { state[i] += slope[number * hidden + i] * share }
            }
        }
    }
}
