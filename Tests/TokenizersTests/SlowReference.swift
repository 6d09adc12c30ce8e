@testable import Tokenizers

/// The pattern of GPT-2 as a regular expression engine applies it: the alternatives in order, each as long as possible,
/// with backtracking.
struct SlowPieces {
    let scalars: [UnicodeScalar]

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    private static func isIn(_ ranges: [UInt32], _ scalar: UnicodeScalar) -> Bool {
        stride(from: 0, to: ranges.count, by: 2).contains { (ranges[$0]...ranges[$0 + 1]).contains(scalar.value) }
    }

    private func isSpace(_ index: Int) -> Bool { Self.isIn(CharacterRanges.whitespace, scalars[index]) }
    private func isLetter(_ index: Int) -> Bool { Self.isIn(CharacterRanges.letters, scalars[index]) }
    private func isNumber(_ index: Int) -> Bool { Self.isIn(CharacterRanges.numbers, scalars[index]) }
    private func isOther(_ index: Int) -> Bool { !isSpace(index) && !isLetter(index) && !isNumber(index) }

    /// ` ?[class]+`
    private func run(_ start: Int, _ holds: (Int) -> Bool) -> Int? {
        for first in scalars[start] == " " ? [start + 1, start] : [start] {
            var end = first
            while end < scalars.count && holds(end) { end += 1 }
            if end > first { return end }
        }
        return nil
    }

    private func end(_ start: Int) -> Int {
        for word in ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"] {
            let wanted = Array(word.unicodeScalars)
            if scalars[start...].starts(with: wanted) { return start + wanted.count }
        }
        for holds in [isLetter, isNumber, isOther] {
            if let end = run(start, holds) { return end }
        }
        var longest = start
        while longest < scalars.count && isSpace(longest) { longest += 1 }
        // \s+(?!\S), from the longest match down.
        for end in stride(from: longest, to: start, by: -1) where end == scalars.count || isSpace(end) { return end }
        return longest
    }

    /// The pieces, as UTF-8.
    var pieces: [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < scalars.count {
            let end = end(start)
            pieces.append(scalars[start..<end].flatMap { Array(String($0).utf8) })
            start = end
        }
        return pieces
    }
}

/// Byte pair encoding, straight from its definition.
struct SlowMerges {
    struct Pair: Hashable {
        let left, right: Int32
    }

    let byteIDs: [Int32]
    let merges: [Pair: (rank: Int, product: Int32)]

    /// - Parameter parts: a vocabulary and merges of its tokens.
    init(_ parts: Parts) {
        let ids = Dictionary(uniqueKeysWithValues: parts.vocabulary.map { ($0.token, Int32($0.id)) })
        byteIDs = (UInt8.min...UInt8.max).map { ids[String(UnicodeScalar(ByteAlphabet.scalar(of: $0))!)]! }
        var merges: [Pair: (rank: Int, product: Int32)] = [:]
        for (rank, merge) in parts.merges.enumerated() {
            merges[Pair(left: ids[merge[0]]!, right: ids[merge[1]]!)] = (rank, ids[merge[0] + merge[1]]!)
        }
        self.merges = merges
    }

    func ids(_ piece: [UInt8]) -> [Int32] {
        var ids = piece.map { byteIDs[Int($0)] }
        while true {
            var best: (rank: Int, place: Int, product: Int32)?
            for place in 0..<max(0, ids.count - 1) {
                guard let merge = merges[Pair(left: ids[place], right: ids[place + 1])] else { continue }
                if best == nil || merge.rank < best!.rank { best = (merge.rank, place, merge.product) }
            }
            guard let best else { return ids }
            ids.replaceSubrange(best.place...best.place + 1, with: [best.product])
        }
    }
}
