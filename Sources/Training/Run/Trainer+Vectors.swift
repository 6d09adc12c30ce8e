internal import Basics
internal import DeBERTa

extension Trainer {
    /// Documents whose vectors are compared with the teacher's: twos of windows, one after the other.
    struct Documents {
        /// The windows' token ids.
        var windows: [Range<Int>] = []
        /// The numbers of the documents in the corpus.
        var numbers: [Int] = []
        /// The index of the first document of each pair; the second one follows.
        var firsts: [Int] = []

        init(_ twos: [PairOrder.Two], of part: TrainingText.Windows) {
            for two in twos {
                if two.isPair { firsts.append(windows.count) }
                for window in [Int(two.first), Int(two.second)] {
                    windows.append(part.ranges[window])
                    numbers.append(Int(part.documents[window]))
                }
            }
        }
    }

    /// Runs one batch forward and backward. It adds the gradients of the loss of the vectors and of the masked tokens'
    /// loss.
    func train(
        _ documents: Documents, _ sequences: [Sequence], _ settings: Objective.VectorDistillation
    ) throws(Failure) -> Score {
        try train(sequences, maskedWeight: settings.maskedWeight) { vectors, gradients throws(Failure) in
            Score(vectors: try score(vectors, documents, settings.loss, gradients))
        }
    }

    /// Evaluates held-out documents, without dropout. No tokens are masked for their vectors.
    func evaluate(
        _ documents: Documents, keys: [UInt64], _ settings: Objective.VectorDistillation
    ) throws(Failure) -> Score {
        let width = model.configuration.hiddenSize
        let vectors = Room<Float>(documents.windows.count * width)
        var score = Score()
        func sequences(isMasked: Bool) -> [Sequence] {
            zip(documents.windows, keys).map { sequence(text.ids($0), key: $1, isMasked: isMasked) }
        }
        _ = try run(sequences(isMasked: false)) { pass, batch throws(Failure) in
            try pass.pool(batch, appliesDropout: false, into: vectors.start)
            return MaskedScore()
        }
        let gradients = Room<Float>(documents.windows.count * width)
        score.vectors = try self.score(vectors.start, documents, settings.loss, gradients.start)
        if settings.maskedWeight > 0 {
            score.masked = try run(sequences(isMasked: true)) { pass, batch throws(Failure) in try pass.score(batch) }
        }
        return withExtendedLifetime((vectors, gradients)) { score }
    }

    private func score(
        _ vectors: UnsafeMutablePointer<Float>, _ documents: Documents, _ loss: VectorLoss,
        _ gradients: UnsafeMutablePointer<Float>
    ) throws(Failure) -> VectorScore {
        let width = model.configuration.hiddenSize
        let taught = Room<Float>(documents.numbers.count * width)
        for (row, number) in documents.numbers.enumerated() { teacher!.read(number, into: taught.start + row * width) }
        return try withExtendedLifetime(taught) { taught throws(Failure) in
            try loss.score(
                vectors, teacher: taught.start, documents: documents.numbers.count, firsts: documents.firsts,
                width: width, gradient: gradients)
        }
    }
}
