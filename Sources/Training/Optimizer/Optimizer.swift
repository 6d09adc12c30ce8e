package import Basics
internal import CEncoder
internal import Dispatch

/// Applies AdamW to the weights of a model, on several threads. Given the gradients, the result has the same bits for
/// any number of threads.
package final class Optimizer: @unchecked Sendable {
    package let settings: AdamW
    let model: MaskedLM
    /// The running averages of the gradients and of their squares, `layout.count` floats each.
    let firstMoment: Room<Float>
    let secondMoment: Room<Float>
    /// The number of steps that were made.
    package internal(set) var steps = 0

    /// A range of the weights within one tensor. A thread works on one at a time.
    private struct Slice {
        let range: Range<Int>
        let decays: Bool
        /// The factor of the learning rate.
        let rate: Float
    }

    private let slices: [Slice]
    private static let sliceLength = 1 << 16

    package init(_ model: MaskedLM, _ settings: AdamW) {
        self.model = model
        self.settings = settings
        let layout = model.parameters.layout
        firstMoment = Room(layout.count)
        secondMoment = Room(layout.count)
        slices = layout.entries.flatMap { entry in
            stride(from: entry.offset, to: entry.range.upperBound, by: Self.sliceLength).map { start in
                Slice(
                    range: start..<min(start + Self.sliceLength, entry.range.upperBound), decays: entry.decays,
                    rate: entry.name == Pass.words ? settings.wordsRate : 1)
            }
        }
    }

    /// Adds up the gradients of the passes in their order, makes one step, and sets the gradients to zero.
    ///
    /// - Parameters:
    ///   - passes: one for each thread; each has run its part of the batch.
    ///   - rate: the learning rate.
    /// - Returns: the Euclidean norm of the whole gradient, before it was scaled down.
    /// - Throws: if the norm is infinite or NaN. The weights are unchanged then.
    package func step(_ passes: [Pass], rate: Float) throws(Failure) -> Float {
        let gradients = passes.map { Gradient(start: $0.gradient) }
        let squares = Room<Double>(slices.count)
        each(threads: passes.count) { [self] number, slice in
            let start = gradients[0].start + slice.range.lowerBound
            for other in gradients.dropFirst() {
                table.add(other.start + slice.range.lowerBound, slice.range.count, start)
            }
            squares.start[number] = table.sum_of_squares(start, slice.range.count)
        }
        let norm = (0..<slices.count).reduce(0) { $0 + squares.start[$1] }.squareRoot()
        guard norm.isFinite else {
            throw Failure(
                "step \(steps + 1): the gradient is \(norm.isNaN ? "NaN" : "infinite"); "
                    + "train with a lower learning rate or a longer warm-up")
        }
        steps += 1
        var step = dedup_adamw()
        step.learning_rate = rate
        step.beta1 = settings.beta1
        step.beta2 = settings.beta2
        step.epsilon = settings.epsilon
        step.correction1 = Float(1 - Self.power(Double(settings.beta1), steps))
        step.correction2 = Float(1 - Self.power(Double(settings.beta2), steps))
        step.gradient_scale = min(1, settings.largestNorm / (Float(norm) + 1e-6))
        each(threads: passes.count) { [self, step] _, slice in
            var step = step
            step.learning_rate *= slice.rate
            step.weight_decay = slice.decays ? settings.weightDecay : 0
            let start = slice.range.lowerBound
            table.adamw(
                &step, gradients[0].start + start, slice.range.count, model.parameters.weights + start,
                firstMoment.start + start, secondMoment.start + start)
            model.parameters.round(slice.range)
            for gradient in gradients { (gradient.start + start).update(repeating: 0, count: slice.range.count) }
        }
        return Float(norm)
    }

    private struct Gradient: @unchecked Sendable {
        let start: UnsafeMutablePointer<Float>
    }

    private var table: dedup_training { model.kernels.table.pointee }

    private func each(threads: Int, _ body: @Sendable (Int, Slice) -> Void) {
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for number in stride(from: thread, to: slices.count, by: threads) { body(number, slices[number]) }
        }
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
