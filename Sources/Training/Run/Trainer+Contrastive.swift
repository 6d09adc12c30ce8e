internal import Basics
internal import DeBERTa

extension Trainer {
    /// Returns two pieces of each document as sequences; the two are neighbours in the result.
    func pieces(of documents: [Range<Int>], _ keys: [UInt64], _ settings: Objective.Contrastive) -> [Sequence] {
        let crops = self.settings.crops(settings, around: text.prefix.count + text.suffix.count)
        return zip(documents, keys).flatMap { document, key in
            let ids = text.ids(document)
            let inside = text.prefix.count..<ids.count - text.suffix.count
            let (first, second) = crops.pair(tokens: inside.count, key: key)
            return [first, second].enumerated().map { number, piece in
                let start = inside.lowerBound + piece.lowerBound
                let whole = text.prefix + ids[start..<start + piece.count] + text.suffix
                return sequence(whole, key: RandomNumbers.key(key, UInt64(number)), isMasked: settings.maskedWeight > 0)
            }
        }
    }

    /// Runs one batch of pieces forward and backward. It adds the gradients of the contrastive loss and of the masked
    /// tokens' loss.
    func train(_ pieces: [Sequence], _ contrastive: Objective.Contrastive) throws(Failure) -> Score {
        try train(pieces, maskedWeight: contrastive.maskedWeight) { vectors, gradients throws(Failure) in
            Score(pairs: try score(vectors, pieces.count, contrastive, gradients))
        }
    }

    /// Evaluates the pairs and the masked tokens of a batch, without dropout.
    func evaluate(_ pieces: [Sequence], _ contrastive: Objective.Contrastive) throws(Failure) -> Score {
        let width = model.configuration.hiddenSize
        let vectors = Room<Float>(pieces.count * width)
        var score = Score()
        score.masked = try run(pieces) { pass, batch throws(Failure) in
            try pass.pool(batch, appliesDropout: false, into: vectors.start)
            return try pass.head(scale: nil)
        }
        let gradients = Room<Float>(pieces.count * width)
        score.pairs = try self.score(vectors.start, pieces.count, contrastive, gradients.start)
        return withExtendedLifetime((vectors, gradients)) { score }
    }

    private func score(
        _ vectors: UnsafeMutablePointer<Float>, _ pieces: Int, _ contrastive: Objective.Contrastive,
        _ gradients: UnsafeMutablePointer<Float>
    ) throws(Failure) -> ClassificationScore {
        try InfoNCE(temperature: contrastive.temperature).score(
            vectors, firsts: stride(from: 0, to: pieces, by: 2), width: model.configuration.hiddenSize,
            gradient: gradients)
    }

    /// Runs one batch forward and backward. It adds the gradients of a loss of the sequences' vectors and of the masked
    /// tokens' loss.
    ///
    /// The first pass computes the vectors of the whole batch, because the loss compares them all. The second pass runs
    /// each micro-batch again, forward and backward. So the memory for activations does not grow with the batch (Gao et
    /// al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021). Where there is memory to
    /// keep the activations of the first pass, the second one need not run forward.
    ///
    /// - Parameters:
    ///   - maskedWeight: the weight of the mean cross-entropy of the masked tokens in the loss.
    ///   - loss: evaluates the vectors, which are [sequences, hidden], and adds the gradient of the loss to another
    ///     matrix of this shape, which is zero at first.
    func train(
        _ sequences: [Sequence], maskedWeight: Float,
        _ loss: (_ vectors: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>) throws(Failure) ->
            Score
    ) throws(Failure) -> Score {
        let width = model.configuration.hiddenSize
        let vectors = Room<Float>(sequences.count * width)
        let gradients = Room<Float>(sequences.count * width)
        for pass in passes.all { pass.keepActivations(tokens: settings.keptTokens / passes.all.count) }
        _ = try run(sequences) { pass, batch throws(Failure) in
            try pass.pool(batch, appliesDropout: true, into: vectors.start)
            return MaskedScore()
        }
        var score = try loss(vectors.start, gradients.start)
        let count = sequences.reduce(0) { $0 + $1.masked.count }
        let scale = count > 0 ? maskedWeight / Float(count) : nil
        score.masked = try run(sequences) { pass, batch throws(Failure) in
            try pass.train(batch, vectorGradients: gradients.start, scale: scale)
        }
        return withExtendedLifetime(vectors) { score }
    }
}
