internal import Basics
internal import CEncoder
internal import DeBERTa

/// Softmaxes over the cosines of one set of vectors to another, divided by a temperature, and cross-entropies to them.
/// Matrices are computed as products, in f32.
struct CosineSoftmax {
    let temperature: Float
    private let kernels: TrainingKernels

    /// - Throws: if the processor lacks the instructions of the kernels.
    init(temperature: Float) throws(Failure) {
        self.temperature = temperature
        kernels = try TrainingKernels(.f32)
    }

    /// The logit of what a softmax leaves out.
    private static let excluded: Float = -1e30

    /// The softmax of each vector over the others of its own set, without the vector itself: [count, filled].
    func probabilities(_ a: UnitRows) throws(Failure) -> Room<Float> {
        let logits = try logits(a, a)
        exclude(a, logits)
        kernels.table.pointee.probabilities(logits.start, bias(a), a.count, a.filled)
        return logits
    }

    /// The cross-entropy of finding for each vector of `a` the vector of `b` in the same row. Adds the gradient of
    /// `weight` times the sum to the gradients of `a` and `b`.
    ///
    /// - Returns: the sum of the cross-entropies, and for how many vectors no other vector of `b` is as near.
    func find(_ b: UnitRows, from a: UnitRows, weight: Float) throws(Failure) -> (loss: Double, correct: Int) {
        let logits = try logits(a, b)
        var correct = 0
        for row in 0..<a.count {
            // If another vector is as near, the row does not count; otherwise equal vectors would all be correct.
            let own = logits.start[row * b.filled + row]
            var near = 0
            for other in 0..<b.count { near += logits.start[row * b.filled + other] >= own ? 1 : 0 }
            correct += near == 1 ? 1 : 0
        }
        var loss = 0.0
        crossEntropy(logits, a, b, labels: (0..<Int32(a.count)).map { $0 }, weight: weight, &loss, nil)
        try addGradient(logits, a, b)
        return (loss, correct)
    }

    /// The cross-entropy of the softmax of each vector over the others of its set to given probabilities, which are
    /// [count, filled]. Adds the gradient of `weight` times the sum to the gradient of the vectors.
    ///
    /// - Returns: the sum of the cross-entropies.
    func imitate(_ probabilities: Room<Float>, _ a: UnitRows, weight: Float) throws(Failure) -> Double {
        let logits = try logits(a, a)
        exclude(a, logits)
        var taught = dedup_taught()
        taught.probabilities = UnsafePointer(probabilities.start)
        taught.share = 1
        // The labels have no weight. A label that is not excluded keeps their cross-entropy finite.
        let labels = (0..<a.count).map { Int32(($0 + 1) % a.count) }
        var unused = 0.0
        crossEntropy(logits, a, a, labels: labels, weight: weight, &unused, &taught)
        try addGradient(logits, a, a)
        return taught.loss
    }

    /// The cosines divided by the temperature: [a.filled, b.filled].
    private func logits(_ a: UnitRows, _ b: UnitRows) throws(Failure) -> Room<Float> {
        let logits = Room<Float>(a.filled * b.filled)
        try kernels.multiply(
            a.units.start, b.units.start, rows: a.filled, inputs: a.width, outputs: b.filled, into: logits.start)
        let factor = 1 / temperature
        for i in 0..<logits.count { logits.start[i] *= factor }
        return logits
    }

    /// Excludes each vector from its own softmax.
    private func exclude(_ a: UnitRows, _ logits: Room<Float>) {
        for row in 0..<a.count { logits.start[row * a.filled + row] = Self.excluded }
    }

    /// Is added to the logits: excludes the rows that only fill up.
    private func bias(_ b: UnitRows) -> [Float] { (0..<b.filled).map { $0 < b.count ? 0 : Self.excluded } }

    /// Replaces the logits by the gradient with respect to the cosines.
    private func crossEntropy(
        _ logits: Room<Float>, _ a: UnitRows, _ b: UnitRows, labels: [Int32], weight: Float, _ loss: inout Double,
        _ taught: UnsafeMutablePointer<dedup_taught>?
    ) {
        var correct = 0
        var next = dedup_rows()
        var unused = [Float](repeating: 0, count: b.filled)
        kernels.table.pointee.cross_entropy(
            logits.start, bias(b), labels, a.count, b.filled, weight / temperature, &loss, &correct, &next,
            &unused, taught)
    }

    /// Adds the gradients of the vectors, given that of their cosines.
    private func addGradient(_ slopes: Room<Float>, _ a: UnitRows, _ b: UnitRows) throws(Failure) {
        if let gradient = a.gradient {
            try kernels.multiplyBack(
                slopes.start, b.units.start, rows: a.filled, inputs: a.width, outputs: b.filled, adds: true,
                into: gradient.start)
        }
        if let gradient = b.gradient {
            try kernels.addWeightGradient(
                slopes.start, a.units.start, rows: a.filled, inputs: a.width, outputs: b.filled, to: gradient.start)
        }
    }
}
