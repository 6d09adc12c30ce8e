internal import Basics
internal import Dispatch

/// The passes of a training, one for each thread. Only one thread at a time may use a pass.
struct Passes: @unchecked Sendable {
    let all: [Pass]

    init(threads: Int, _ make: () -> Pass) { all = (0..<threads).map { _ in make() } }

    /// Runs a function on micro-batches of sequences or examples, on all threads. Each thread gets about as many tokens.
    ///
    /// - Parameters:
    ///   - tokens: the number of tokens of each sequence or example.
    ///   - most: the maximum number of tokens of a micro-batch; a longer sequence is a micro-batch by itself.
    /// - Returns: for each thread, in the order of the threads, the results of its micro-batches.
    func run<Result: Sendable>(
        _ tokens: [Int], microBatchTokens most: Int,
        _ body: @Sendable @escaping (Pass, Range<Int>) throws(Failure) -> Result
    ) throws(Failure) -> [[Result]] {
        let shares = threadShares(of: tokens, among: all.count)
        let results = Locked<[Swift.Result<[Result], Failure>?]>(Array(repeating: nil, count: all.count))
        DispatchQueue.concurrentPerform(iterations: all.count) { thread in
            let result = Swift.Result { () throws(Failure) in
                try Self.microBatches(shares[thread], tokens, most).map { range throws(Failure) in
                    try body(all[thread], range)
                }
            }
            results.withLock { $0[thread] = result }
        }
        return try results.withLock { $0 }.map { result throws(Failure) in try result!.get() }
    }

    private static func microBatches(_ share: Range<Int>, _ tokens: [Int], _ most: Int) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = share.lowerBound
        var sum = 0
        for number in share {
            if sum > 0 && sum + tokens[number] > most {
                batches.append(start..<number)
                (start, sum) = (number, 0)
            }
            sum += tokens[number]
        }
        if sum > 0 { batches.append(start..<share.upperBound) }
        return batches
    }
}
