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
                let key = RandomNumbers.key(key, UInt64(number))
                return settings.maskedWeight > 0 ? masked(whole, key: key) : Sequence(ids: whole, masked: [], key: key)
            }
        }
    }

    /// Runs one batch forward and backward. It adds the gradients of the contrastive loss and of the masked tokens'
    /// loss.
    ///
    /// The first pass computes the vectors of the whole batch, because the loss compares them all. The second pass runs
    /// each micro-batch again, forward and backward. So the memory for activations does not grow with the batch (Gao et
    /// al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021).
    func train(_ pieces: [Sequence], _ contrastive: Objective.Contrastive) throws(Failure) -> Score {
        let width = model.configuration.hiddenSize
        let vectors = Room<Float>(pieces.count * width)
        let gradients = Room<Float>(pieces.count * width)
        _ = try run(pieces) { pass, batch throws(Failure) in
            try pass.pool(batch, drops: true, into: vectors.start)
            return MaskedScore()
        }
        var score = Score()
        score.pairs = InfoNCE(temperature: contrastive.temperature, width: width)
            .score(vectors.start, pairs: pieces.count / 2, gradient: gradients.start)
        let count = pieces.reduce(0) { $0 + $1.masked.count }
        let scale = count > 0 ? contrastive.maskedWeight / Float(count) : nil
        score.masked = try run(pieces) { pass, batch throws(Failure) in
            try pass.train(batch, vectorGradients: gradients.start, scale: scale)
        }
        return score
    }

    /// Evaluates the pairs and the masked tokens of a batch, without dropout.
    func evaluate(_ pieces: [Sequence], _ contrastive: Objective.Contrastive) throws(Failure) -> Score {
        let width = model.configuration.hiddenSize
        let vectors = Room<Float>(pieces.count * width)
        var score = Score()
        score.masked = try run(pieces) { pass, batch throws(Failure) in
            try pass.pool(batch, drops: false, into: vectors.start)
            return try pass.head(scale: nil)
        }
        let gradients = Room<Float>(pieces.count * width)
        score.pairs = InfoNCE(temperature: contrastive.temperature, width: width)
            .score(vectors.start, pairs: pieces.count / 2, gradient: gradients.start)
        return score
    }
}
