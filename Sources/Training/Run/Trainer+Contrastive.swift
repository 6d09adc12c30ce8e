package import Basics
internal import DeBERTa

extension Trainer {
    /// Two pieces of each document, which stand beside each other.
    package func pieces(of documents: [Range<Int>], _ keys: [UInt64], _ settings: Objective.Contrastive) -> [Sequence] {
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

    /// Adds the gradients of the contrastive loss and of the masked tokens.
    ///
    /// All vectors of the batch are computed first, then each micro-batch anew on its way back, so that a batch may be
    /// larger than memory allows activations for (Gao et al., "Scaling Deep Contrastive Learning Batch Size under
    /// Memory Limited Setup", 2021).
    package func train(_ pieces: [Sequence], _ contrastive: Objective.Contrastive) throws(Failure) -> Score {
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

    /// Tells pairs and masked tokens, without dropout.
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
