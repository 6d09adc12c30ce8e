internal import Basics

/// The parts of the examples that a cross-validation leaves out as a whole: for good texts, all of one source; for bad
/// ones, all of one kind. A regression has to judge texts of sources and kinds that it has not seen, so that is what is
/// measured.
struct HeldOutParts: Sendable {
    /// The largest number of folds; with more parts than that, several are left out at once.
    static let mostFolds = 12
    /// If all good texts come from one source, or all bad ones are of one kind, they are divided into this many folds.
    static let foldsOfOne = 5
    /// A part of fewer texts counts as its texts, a larger one as this many.
    private static let leastWeight = 50

    /// A source of good texts, or a kind of bad ones.
    struct Part: Sendable, Hashable {
        let name: String
        let isGood: Bool
    }

    /// The parts, the good ones first, in the order of their names.
    let parts: [Part]
    /// For each example, the index of its part.
    let partOf: [Int]
    /// For each example, its fold.
    let foldOf: [Int]
    /// The number of folds.
    let folds: Int
    private let isGood: [Bool]
    private let sources: [String]
    private let groups: [String]

    /// - Parameters:
    ///   - isGood: the label of each example.
    ///   - sources, kinds, groups: of each example; see `TrainingTexts`.
    /// - Throws: if there are too few groups to leave any out.
    init(isGood: [Bool], sources: [String], kinds: [String], groups: [String]) throws(Failure) {
        self.isGood = isGood
        self.sources = sources
        self.groups = groups
        let own = isGood.indices.map { Part(name: isGood[$0] ? sources[$0] : kinds[$0], isGood: isGood[$0]) }
        let parts = Set(own).sorted { ($0.isGood ? 0 : 1, $0.name) < ($1.isGood ? 0 : 1, $1.name) }
        self.parts = parts
        let numbers = Dictionary(uniqueKeysWithValues: parts.enumerated().map { ($1, $0) })
        partOf = own.map { numbers[$0]! }
        var foldOf = [Int](repeating: 0, count: own.count)
        var folds = 0
        for label in [true, false] {
            let rows = own.indices.filter { isGood[$0] == label }
            let those = parts.indices.filter { parts[$0].isGood == label }
            if those.count == 1 {
                let foldOfGroup = try Self.assign(groups: rows.map { groups[$0] }, folds: Self.foldsOfOne)
                for row in rows { foldOf[row] = foldOfGroup[groups[row]]! }
                folds = max(folds, Self.foldsOfOne)
            } else if those.count > 1 {
                let count = min(those.count, Self.mostFolds)
                let foldOfPart = Self.assign(parts: those, sizes: partOf, folds: count)
                for row in rows { foldOf[row] = foldOfPart[partOf[row]]! }
                folds = max(folds, count)
            }
        }
        self.foldOf = foldOf
        self.folds = folds
    }

    /// Assigns each part to the fold with the fewest texts so far, the largest part first.
    private static func assign(parts: [Int], sizes partOf: [Int], folds: Int) -> [Int: Int] {
        var sizes: [Int: Int] = [:]
        for part in partOf { sizes[part, default: 0] += 1 }
        var texts = [Int](repeating: 0, count: folds)
        var result: [Int: Int] = [:]
        for part in parts.sorted(by: { (-sizes[$0]!, $0) < (-sizes[$1]!, $1) }) {
            let fold = texts.indices.min { texts[$0] < texts[$1] }!
            texts[fold] += sizes[part]!
            result[part] = fold
        }
        return result
    }

    /// Assigns each group to a fold. The groups are taken in the order of a hash of their names, and each goes to the
    /// fold with the fewest texts so far.
    static func assign(groups: [String], folds: Int) throws(Failure) -> [String: Int] {
        var sizes: [String: Int] = [:]
        for group in groups { sizes[group, default: 0] += 1 }
        guard sizes.count >= folds else {
            throw Failure(
                "\(folds) folds need at least \(folds) groups, and there are \(sizes.count); give more texts, good and "
                    + "bad, or texts of more sources and kinds")
        }
        func hash(_ group: String) -> UInt64 {
            // FNV-1a.
            group.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
        let ordered = sizes.keys.map { (hash($0), $0) }.sorted { $0 < $1 }
        var texts = [Int](repeating: 0, count: folds)
        var result: [String: Int] = [:]
        for (_, group) in ordered {
            let fold = texts.indices.min { texts[$0] < texts[$1] }!
            texts[fold] += sizes[group]!
            result[group] = fold
        }
        return result
    }

    /// Returns the examples that the regression of a fold is fitted to: those of other folds that have no group, and no
    /// source of good texts, in common with it. Where that would leave only good or only bad texts, a common group or
    /// source is allowed.
    func training(without fold: Int) -> [Int] {
        let held = foldOf.indices.filter { foldOf[$0] == fold }
        let goodParts = parts.count { $0.isGood }
        // If there is one source, it is not left out.
        let heldSources = goodParts > 1 ? Set(held.filter { isGood[$0] }.map { sources[$0] }) : []
        let heldGroups = Set(held.map { groups[$0] })
        let others = foldOf.indices.filter { foldOf[$0] != fold }
        let ofOtherGroups = others.filter { !heldGroups.contains(groups[$0]) }
        let ofOtherSources = ofOtherGroups.filter { !heldSources.contains(sources[$0]) }
        func hasBoth(_ rows: [Int]) -> Bool { rows.contains { isGood[$0] } && rows.contains { !isGood[$0] } }
        return [ofOtherSources, ofOtherGroups].first(where: hasBoth) ?? others
    }

    /// The weight of each of some examples. All parts of a label weigh the same, except very small ones. The weights add up
    /// to the number of the examples.
    ///
    /// - Parameter good: the share of the weight that all good examples have together.
    func weights(of rows: [Int], good: Double = 0.5) -> [Double] {
        var sizes = [Int](repeating: 0, count: parts.count)
        for row in rows { sizes[partOf[row]] += 1 }
        func weight(_ row: Int) -> Double { 1 / Double(max(sizes[partOf[row]], Self.leastWeight)) }
        var sums = (good: 0.0, bad: 0.0)
        for row in rows { if isGood[row] { sums.good += weight(row) } else { sums.bad += weight(row) } }
        let totals = (good: Double(rows.count) * good, bad: Double(rows.count) * (1 - good))
        return rows.map { weight($0) * (isGood[$0] ? totals.good / sums.good : totals.bad / sums.bad) }
    }
}
