internal import Basics

/// The contrastive loss InfoNCE (van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive
/// Coding", 2018). For each vector, a softmax over cosine / temperature has to find its partner among the partners of
/// all pairs in the batch. The loss is the mean over both directions, as in CLIP (Radford et al., 2021).
struct InfoNCE {
    private let softmax: CosineSoftmax

    init(temperature: Float) throws(Failure) { softmax = try CosineSoftmax(temperature: temperature) }

    /// Computes the loss of pairs, each a vector of `a` and the vector of `b` in the same row. Adds the gradient of
    /// `weight` times the mean loss to the gradients of `a` and `b`.
    ///
    /// - Returns: the score of the pairs: its classes are the partners of all pairs.
    /// - Throws: if a matrix product fails.
    func score(_ a: UnitRows, _ b: UnitRows, weight: Float = 1) throws(Failure) -> ClassificationScore {
        var score = ClassificationScore()
        score.examples = a.count
        if a.count == 0 { return score }
        let share = weight / Float(2 * a.count)
        let (loss, correct) = try softmax.find(b, from: a, weight: share)
        let (back, _) = try softmax.find(a, from: b, weight: share)
        score.loss = (loss + back) / 2
        score.correct = correct
        return score
    }

    /// Computes the loss of pairs of rows of one matrix, and adds the gradient of `weight` times the mean loss to
    /// another matrix.
    ///
    /// - Parameters:
    ///   - vectors: [rows, width]
    ///   - firsts: the row of the first vector of each pair. The second vector is in the row that follows.
    ///   - gradient: [rows, width]
    /// - Throws: if a matrix product fails.
    func score(
        _ vectors: UnsafePointer<Float>, firsts: some Sequence<Int>, width: Int, weight: Float = 1,
        gradient: UnsafeMutablePointer<Float>
    ) throws(Failure) -> ClassificationScore {
        let a = UnitRows(vectors, rows: firsts, width: width)
        let b = UnitRows(vectors, rows: firsts.map { $0 + 1 }, width: width)
        let score = try score(a, b, weight: weight)
        a.addGradient(to: gradient)
        b.addGradient(to: gradient)
        return score
    }
}
