/// The activations of the first micro-batches of a batch, which are kept between two passes. Their memory is used again
/// for the next batch.
struct KeptActivations {
    private var spaces: [Activations] = []
    /// The numbers of the sequences of each micro-batch that is kept.
    private var numbers: [[Int]] = []
    /// How many tokens may still be kept.
    private var room = 0
    /// The number of micro-batches that the second pass has had.
    private var used = 0

    /// Forgets the micro-batches, and keeps those to come, up to a number of tokens.
    mutating func begin(tokens: Int) {
        numbers = []
        room = tokens
        used = 0
    }

    /// Where the activations of a micro-batch are stored, so that they are kept; nil if there is no room for it.
    mutating func space(for batch: MicroBatch, _ make: () -> Activations) -> Activations? {
        room -= batch.rows
        if room < 0 { return nil }
        numbers.append(batch.numbers)
        if spaces.count < numbers.count { spaces.append(make()) }
        return spaces[numbers.count - 1]
    }

    /// The activations of the next micro-batch of the second pass; nil if they were not kept.
    mutating func next(for batch: MicroBatch) -> Activations? {
        guard used < numbers.count, numbers[used] == batch.numbers else { return nil }
        used += 1
        return spaces[used - 1]
    }
}
