internal import Basics

/// The documents of one band key, where they are many: pages of one layout, say, of which none duplicates another.
///
/// Comparing a document with each of them would take quadratic time. Of a pair that cannot have the similarity asked
/// for, most often nothing is looked at but bounds that hold for many members at once, and hold exactly. Shingles that
/// many members have are the common ones; of each member their number is kept. The others are the rare ones. A document
/// shares with a member at most
///
///     min(common shingles of the one, of the other) + rare shingles that both can have
///
/// (the length filter and the prefix filter with rare shingles first: Chaudhuri, Ganti, Kaushik, "A primitive operator
/// for similarity joins in data cleaning", 2006; Xiao, Wang, Lin, Yu, "Efficient similarity joins for near duplicate
/// detection", 2008). Which rare shingles these can be is known of all members together, by a filter, and pages of one
/// layout are ruled out by that; of each group of members, by another one; and of each member, by 16 bits of each.
final class CrowdedBucket: @unchecked Sendable {
    private struct Member: BitwiseCopyable {
        let document: Int
        let size: UInt32
        /// How many common shingles it has.
        let common: UInt32
        /// Where the tags of its rare shingles begin.
        let firstTag: Int
    }

    /// Members of one number of shingles.
    private struct SizeClass {
        let size: Int
        /// The most common shingles that one of them has.
        var mostCommon: Int
    }

    /// Members that follow each other, and their rare shingles.
    private struct Group {
        let rare: ShingleFilter
        let firstMember: Int
    }

    // Changed by one thread while no other looks: `CrowdedBuckets` sees to that.
    /// Ascending by document.
    @exclusivity(unchecked) private var members = Buffer<Member>()
    /// Ascending by size.
    @exclusivity(unchecked) private var classes: [SizeClass] = []
    /// Ascending.
    @exclusivity(unchecked) private var common = Buffer<UInt64>()
    @exclusivity(unchecked) private var rare = ShingleFilter(shingles: 0)
    @exclusivity(unchecked) private var groups: [Group] = []
    /// 16 bits of each rare shingle, member by member.
    @exclusivity(unchecked) private var tags = Buffer<UInt16>()
    /// Rare shingles of a group.
    @exclusivity(unchecked) private var groupSize = 0
    /// The common shingles were chosen when there were so many members.
    @exclusivity(unchecked) private var chosenAt = 0
    /// Words of the document log whose documents are members, if they have the key.
    @exclusivity(unchecked) private(set) var through = 0

    private let threshold: Threshold

    /// Reads the shingles of a document and hands them on.
    typealias Reader = (_ document: Int, _ body: (UnsafeBufferPointer<UInt64>) -> Void) throws(Failure) -> Void

    /// Documents that are looked at to choose what is common, at most.
    private static let sample = 64
    /// Common is what one document in so many has.
    private static let commonShare = 8
    /// Rare shingles of a group, at most, but for a single member.
    private static let largestGroup = 1 << 13

    init(_ threshold: Threshold) { self.threshold = threshold }

    var count: Int { members.count }

    /// Bytes of memory, nearly.
    var memory: Int {
        rare.memory + groups.reduce(0) { $0 + $1.rare.memory } + members.capacity * MemoryLayout<Member>.stride
            + common.capacity * 8 + tags.capacity * 2
    }

    /// How many members come before a place in the log.
    func count(before document: Int) -> Int {
        members.elements.partitionPoint { $0.document >= document }
    }

    // MARK: Members

    /// Takes in documents, ascending, that come after all members. From then on it has all up to `end`.
    func insert(_ new: [Int], through end: Int, _ read: Reader) throws(Failure) {
        // What is common may have changed when there are twice as many.
        if members.count + new.count >= 2 * chosenAt {
            let all = members.elements.map(\.document) + new
            members.removeAll()
            tags.removeAll()
            classes = []
            groups = []
            try chooseCommon(all, read)
            chosenAt = all.count
            for document in all { try insert(document, read) }
        } else {
            for document in new { try insert(document, read) }
        }
        through = end
    }

    private func insert(_ document: Int, _ read: Reader) throws(Failure) {
        try read(document) { shingles in
            // Where all shingles are common, one group does.
            let filled = groups.last.map { tags.count - members[$0.firstMember].firstTag } ?? Int.max
            if filled > 0 && filled > groupSize - shingles.count {
                let filter = ShingleFilter(shingles: max(groupSize, shingles.count))
                groups.append(Group(rare: filter, firstMember: members.count))
            }
            let group = groups[groups.count - 1].rare
            let firstTag = tags.count
            let commonShingles = forEachRare(shingles) {
                rare.insert($0)
                group.insert($0)
                tags.append(Self.tag($0))
            }
            members.append(
                Member(
                    document: document, size: UInt32(shingles.count), common: UInt32(commonShingles),
                    firstTag: firstTag))
            let place = classes.partitionPoint { $0.size >= shingles.count }
            if place == classes.count || classes[place].size != shingles.count {
                classes.insert(SizeClass(size: shingles.count, mostCommon: 0), at: place)
            }
            classes[place].mostCommon = max(classes[place].mostCommon, commonShingles)
        }
    }

    private static func tag(_ shingle: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: shingle) }

    /// Calls `body` with the shingles that are not common; returns how many are.
    private func forEachRare(_ shingles: UnsafeBufferPointer<UInt64>, _ body: (UInt64) -> Void) -> Int {
        let common = common.elements
        var place = 0
        var count = 0
        for shingle in shingles {
            while place < common.count && common[place] < shingle { place += 1 }
            if place < common.count && common[place] == shingle {
                count += 1
            } else {
                body(shingle)
            }
        }
        return count
    }

    /// Chooses what is common by some of the documents, and makes the filters for twice as many as there are.
    private func chooseCommon(_ documents: [Int], _ read: Reader) throws(Failure) {
        let looked = min(documents.count, Self.sample)
        var shingles: [UInt64] = []
        for number in 0..<looked { try read(documents[number * documents.count / looked]) { shingles += $0 } }
        shingles.sort()
        let least = max(2, looked / Self.commonShare)
        common.removeAll()
        var rareShingles = 0
        var start = 0
        while start < shingles.count {
            var end = start + 1
            while end < shingles.count && shingles[end] == shingles[start] { end += 1 }
            if end - start >= least { common.append(shingles[start]) } else { rareShingles += end - start }
            start = end
        }
        let expected = rareShingles * documents.count / looked * 2
        rare = ShingleFilter(shingles: expected)
        groupSize = min(expected, Self.largestGroup)
    }

    // MARK: Looking up

    /// Calls `body` with every member that can be similar enough, in no order.
    ///
    /// - Parameters:
    ///   - sizes: those that a duplicate can have.
    ///   - scratch: room for the shingles that rare ones are among.
    func forEachCandidate(
        of shingles: UnsafeBufferPointer<UInt64>, sizes: ClosedRange<Int>, _ scratch: inout Buffer<UInt64>,
        _ body: (_ document: Int) -> Void
    ) {
        scratch.removeAll()
        let filter = rare.filter
        let room = scratch.reserve(shingles.count)
        var seen = 0
        let commonShingles = forEachRare(shingles) { shingle in
            room[seen] = shingle
            seen += filter.mayContain(shingle) ? 1 : 0
        }
        scratch.advance(seen)
        let needed = fewestRare(with: commonShingles, size: shingles.count, sizes)
        if needed > seen { return }
        TagSet.with(scratch.elements.lazy.map(Self.tag)) { tags in
            for (number, group) in groups.enumerated() {
                let filter = group.rare.filter
                var shared = 0
                for shingle in scratch.elements { shared += filter.mayContain(shingle) ? 1 : 0 }
                if shared < needed { continue }
                let end = number + 1 < groups.count ? groups[number + 1].firstMember : members.count
                for place in group.firstMember..<end {
                    let member = members[place]
                    if !sizes.contains(Int(member.size)) { continue }
                    let least = threshold.leastIntersection(sizes: shingles.count + Int(member.size))
                    let rareNeeded = least - min(commonShingles, Int(member.common))
                    if rareNeeded <= shared && rareNeeded <= tags.count(in: tagsOfMember(place)) {
                        body(member.document)
                    }
                }
            }
        }
    }

    private func tagsOfMember(_ place: Int) -> UnsafeBufferPointer<UInt16> {
        tags.slice(members[place].firstTag..<(place + 1 < members.count ? members[place + 1].firstTag : tags.count))
    }

    /// How many rare shingles a member has to share at least with a document of so many common ones.
    private func fewestRare(with commonShingles: Int, size: Int, _ sizes: ClosedRange<Int>) -> Int {
        var fewest = Int.max
        let first = classes.partitionPoint { $0.size >= sizes.lowerBound }
        for sizeClass in classes[first...] {
            if sizeClass.size > sizes.upperBound { break }
            let least = threshold.leastIntersection(sizes: size + sizeClass.size)
            fewest = min(fewest, least - min(commonShingles, sizeClass.mostCommon))
        }
        return fewest
    }
}

/// A set of 16-bit numbers, one bit for each.
private struct TagSet {
    private let words: UnsafeMutableBufferPointer<UInt64>

    static func with(_ tags: some Sequence<UInt16>, _ body: (TagSet) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1 << 10) { words in
            words.initialize(repeating: 0)
            for tag in tags { words[Int(tag >> 6)] |= 1 << UInt64(tag & 63) }
            body(TagSet(words: words))
        }
    }

    /// How many of the tags are in the set.
    func count(in tags: UnsafeBufferPointer<UInt16>) -> Int {
        var count: UInt64 = 0
        for tag in tags { count &+= words[Int(tag >> 6)] >> UInt64(tag & 63) & 1 }
        return Int(count)
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first place whose element is `beyond`, as are all after it.
    fileprivate func partitionPoint(_ beyond: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if beyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
