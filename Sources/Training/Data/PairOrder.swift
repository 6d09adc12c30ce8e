/// The order in which windows are read two at a time, so that the two windows of a pair are always read together.
/// Windows without a partner are put together at random. Every epoch reads all windows once, each in another order. If
/// the number of windows is odd, each epoch leaves one out, chosen at random.
struct PairOrder {
    /// Two windows that are read together.
    struct Two: Equatable {
        let first, second: UInt32
        /// Whether they are a pair.
        let isPair: Bool
    }

    /// The windows that form a pair with the window that follows.
    private let pairs: [UInt32]
    /// The windows without a partner.
    private let singles: [UInt32]
    private let seed: UInt64
    private var epoch = -1
    private var order: [Two] = []

    /// - Parameters:
    ///   - windows: the number of windows.
    ///   - pairs: the windows that form a pair with the window that follows, ascending.
    init(windows: Int, pairs: [UInt32], seed: UInt64) {
        self.pairs = pairs
        self.seed = seed
        var singles: [UInt32] = []
        var next: UInt32 = 0
        for pair in pairs + [UInt32(windows)] {
            singles += next..<pair
            next = pair + 2
        }
        self.singles = singles
    }

    /// The number of twos in an epoch.
    var count: Int { pairs.count + singles.count / 2 }

    /// The windows to read at `position`, which counts on over all epochs from 0. `count` must not be 0.
    mutating func two(at position: Int) -> Two {
        if position / count != epoch {
            epoch = position / count
            var random = RandomNumbers(key: RandomNumbers.key(seed, 0x7477_6F73, UInt64(epoch)))
            order = twos(singles.shuffled(using: &random))
            order.shuffle(using: &random)
        }
        return order[position % count]
    }

    /// Returns twos at even distances over the windows, the same in every call.
    ///
    /// - Parameter most: the maximum number of twos.
    func sample(_ most: Int) -> [Two] {
        let all = twos(singles).sorted { $0.first < $1.first }
        let count = min(most, all.count)
        return (0..<count).map { all[$0 * all.count / count] }
    }

    private func twos(_ singles: [UInt32]) -> [Two] {
        pairs.map { Two(first: $0, second: $0 + 1, isPair: true) }
            + (0..<singles.count / 2).map {
                Two(first: singles[2 * $0], second: singles[2 * $0 + 1], isPair: false)
            }
    }
}
