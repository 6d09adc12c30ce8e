/// The order in which windows are read. Every epoch reads all windows once, each in another order.
struct WindowOrder {
    let count: Int
    let seed: UInt64
    /// The number of neighbouring windows that stay together when the order is shuffled.
    let run: Int
    private var epoch = -1
    private var order: [UInt32] = []

    init(count: Int, seed: UInt64, run: Int = 1) {
        self.count = count
        self.seed = seed
        self.run = run
    }

    /// The index of the window to read at `position`, which counts on over all epochs from 0.
    mutating func window(at position: Int) -> Int {
        if position / count != epoch {
            epoch = position / count
            var random = RandomNumbers(key: RandomNumbers.key(seed, 0x6F72_6465, UInt64(epoch)))
            var starts = Array(stride(from: 0, to: UInt32(count), by: UInt32.Stride(run)))
            starts.shuffle(using: &random)
            order = starts.flatMap { $0..<min(UInt32(count), $0 + UInt32(run)) }
        }
        return Int(order[position % count])
    }
}
