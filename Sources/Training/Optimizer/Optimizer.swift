package import Basics
internal import CEncoder
internal import Dispatch

/// Steps of AdamW on the weights of a model, on several threads. The same gradients make the same bits on any number
/// of them.
package final class Optimizer: @unchecked Sendable {
    package let settings: AdamW
    let model: MaskedLM
    /// The averages of gradients and of their squares, as long as the weights.
    let firstMoment: Room<Float>
    let secondMoment: Room<Float>
    /// Steps that were made.
    package internal(set) var steps = 0

    /// Stretches of one tensor each, short enough to be shared out.
    private let slices: [(range: Range<Int>, decays: Bool)]
    private static let sliceLength = 1 << 16

    package init(_ model: MaskedLM, _ settings: AdamW) {
        self.model = model
        self.settings = settings
        let layout = model.parameters.layout
        firstMoment = Room(layout.count)
        secondMoment = Room(layout.count)
        slices = layout.entries.flatMap { entry in
            stride(from: entry.offset, to: entry.range.upperBound, by: Self.sliceLength).map { start in
                (start..<min(start + Self.sliceLength, entry.range.upperBound), entry.decays)
            }
        }
    }

    /// Adds up the gradients of the threads, in their order, makes a step, and sets the gradients to zero.
    ///
    /// - Returns: the length of the whole gradient, before it was cut.
    /// - Throws: when it is infinite or no number: the weights are as before then.
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
                "step \(steps + 1): the gradient is \(norm.isNaN ? "no number" : "infinite"); "
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

    private func each(
        threads: Int, _ body: @Sendable (Int, (range: Range<Int>, decays: Bool)) -> Void
    ) {
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
