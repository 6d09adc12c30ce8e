import Basics
import TestSupport
import Testing

@testable import DuplicateIndex

@Suite struct MatchTests {
    private func overlap(_ match: Match, _ a: [UInt64], _ b: [UInt64]) -> Overlap? {
        a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { match.overlap(a, $0) } }
    }

    /// Every threshold is tested with sets on both sides of it.
    @Test func overlapsAreThoseOfSets() {
        var random = SeededGenerator(seed: 3)
        for thousandths in 0..<1000 {
            let match = Match.jaccard(above: Threshold(thousandths: thousandths))
            for _ in 0..<3 {
                // Sets whose similarity is around the threshold.
                let size = Int.random(in: 1...70, using: &random)
                let share = Double(thousandths) / 1000 + Double.random(in: -0.1...0.1, using: &random)
                let kept = min(size, max(0, Int(Double(size) * 2 * share / (1 + share) + 0.5)))
                let a = random.set(size, below: 1 << 20)
                let more = random.set(Int.random(in: 1...max(1, size), using: &random), below: 1 << 20)
                let b = Set(a.shuffled(using: &random).prefix(kept) + more.prefix(max(1, size - kept))).sorted()
                check(match, thousandths, a, b)
                check(match, thousandths, b, a)
                check(match, thousandths, a, a)
            }
        }
    }

    private func check(_ match: Match, _ thousandths: Int, _ a: [UInt64], _ b: [UInt64]) {
        let both = Set(a).intersection(b).count
        let union = Set(a).union(b).count
        let isDuplicate = 1000 * both > thousandths * union
        let found = overlap(match, a, b)
        #expect(found == (isDuplicate ? Overlap(intersection: both, union: union) : nil))
        if isDuplicate { #expect(match.sizes(forDuplicatesOf: a.count).contains(b.count)) }
    }

    @Test func overlapsOfLongSetsAreCounted() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<40 {
            let a = random.set(Int.random(in: 1000...3000, using: &random))
            let b = (a.filter { _ in random.chance(0.83) } + random.set(a.count / 6)).sorted()
            check(.jaccard(above: Threshold(thousandths: 700)), 700, a, b)
        }
        let low = (0..<2000).map(UInt64.init)
        let high = (2000..<4000).map(UInt64.init)
        check(.jaccard(above: Threshold(thousandths: 0)), 0, low, high)
        check(.jaccard(above: Threshold(thousandths: 0)), 0, low, Array(low.suffix(1)) + high)
    }

    /// All pairs of sizes, with every possible intersection.
    @Test(arguments: [0, 1, 333, 499, 500, 501, 666, 700, 850, 998, 999])
    func sizesRuleOutNoDuplicate(thousandths: Int) {
        let threshold = Threshold(thousandths: thousandths)
        let match = Match.jaccard(above: threshold)
        for a in 1...60 {
            let sizes = match.sizes(forDuplicatesOf: a)
            #expect(sizes.contains(a))
            for b in 1...130 {
                let can = (1...min(a, b)).contains { 1000 * $0 > thousandths * (a + b - $0) }
                // A size is accepted only if some intersection makes a duplicate.
                #expect(sizes.contains(b) == can, "\(a), \(b)")
            }
        }
        for sum in 2...300 {
            let least = (0...sum).first { 1000 * $0 > thousandths * (sum - $0) }
            #expect(threshold.leastIntersection(sizes: sum) == least)
        }
    }

    @Test func largeSizesDoNotOverflow() {
        for thousandths in [0, 1, 700, 999] {
            let match = Match.jaccard(above: Threshold(thousandths: thousandths))
            #expect(match.sizes(forDuplicatesOf: 1 << 32).contains(1 << 32))
        }
    }

    @Test func exactMatchingNeedsEqualSets() {
        #expect(overlap(.exact, [1, 2], [1, 2]) == Overlap(intersection: 1, union: 1))
        #expect(overlap(.exact, [1, 2], [2, 1]) == nil)
        #expect(overlap(.exact, [1, 2], [1, 3]) == nil)
        #expect(overlap(.exact, [1, 2], [1]) == nil)
        #expect(Match.exact.sizes(forDuplicatesOf: 2) == 2...2)
    }

    @Test func thresholdsAreReadAndPrinted() throws {
        for thousandths in 0..<1000 {
            let threshold = Threshold(thousandths: thousandths)
            #expect(try Threshold(threshold.description) == threshold)
            #expect(Double(threshold.description) == Double(thousandths) / 1000)
        }
        let written: [(String, Int, String)] = [
            ("0.7", 700, "0.7"), ("0.70", 700, "0.7"), ("0.700", 700, "0.7"), ("0", 0, "0.0"), ("0.0", 0, "0.0"),
            ("0.05", 50, "0.05"), ("0.005", 5, "0.005"), ("0.999", 999, "0.999"), ("0.85", 850, "0.85"),
        ]
        for (text, thousandths, printed) in written {
            #expect(try Threshold(text).thousandths == thousandths)
            #expect(try Threshold(text).description == printed)
        }
    }

    @Test(arguments: [
        "", "1", "1.0", "0.", ".7", "0.7001", "0.7000", "-0.7", "+0.7", "0,7", "0.7.0", "70", "0x1", "0.7 ", " 0.7",
        "0.-1", "0.+1", "0.٧", "00.7", "nan", "0.1e1",
    ])
    func invalidThresholdsAreRefused(text: String) {
        let error = #expect(throws: Failure.self) { try Threshold(text) }
        #expect(error?.kind == .usage && error?.message.contains("'\(text)'") == true)
    }
}
