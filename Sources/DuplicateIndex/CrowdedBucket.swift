internal import Basics

/// The kept documents (members) that share one band key, if they are many: for example web pages with the same layout,
/// none of which is a duplicate of another.
///
/// Comparing a document with every member would take quadratic time. Instead, upper bounds on the number of shared
/// shingles rule out most members, many at a time. The bounds are exact: a member that can match is never ruled out.
///
/// A shingle is common if many members have it; all other shingles are rare. A document shares with a member at most
///
///     min(common shingles of the document, common shingles of the member) + rare shingles that both can have
///
/// shingles. These are the length filter and the prefix filter with rare shingles first (Chaudhuri, Ganti, Kaushik, "A
/// primitive operator for similarity joins in data cleaning", 2006; Xiao, Wang, Lin, Yu, "Efficient similarity joins
/// for near duplicate detection", 2008).
///
/// The number of common shingles is stored for each member. The rare shingles are known in three steps of precision: a
/// Bloom filter of all members' rare shingles, which alone rules out pages of one layout; a Bloom filter for each group
/// of members; and for each member a tag of 16 bits for each rare shingle.
final class CrowdedBucket: @unchecked Sendable {
    private struct Member: BitwiseCopyable {
        /// The offset of the document's record in the log.
        let document: Int
        /// The number of the document's shingles.
        let size: UInt32
        /// The number of these that are common.
        let common: UInt32
        /// The index in `tags` of the first tag of the member; the tags of its rare shingles are consecutive.
        let firstTag: Int
    }

    /// The members with the same number of shingles (their size). One bound can rule out all of them at once.
    private struct SizeClass {
        let size: Int
        /// The largest number of common shingles that a member of this size has.
        var mostCommon: Int
    }

    /// Consecutive members and a Bloom filter of their rare shingles.
    private struct Group {
        let rare: ShingleFilter
        let firstMember: Int
    }

    // One thread changes these while no other thread reads them; `CrowdedBuckets` ensures that.
    /// In ascending order of documents.
    @exclusivity(unchecked) private var members = Buffer<Member>()
    /// In ascending order of sizes.
    @exclusivity(unchecked) private var classes: [SizeClass] = []
    /// The common shingles, ascending.
    @exclusivity(unchecked) private var common = Buffer<UInt64>()
    /// Bloom filter of the rare shingles of all members.
    @exclusivity(unchecked) private var rare = ShingleFilter(shingles: 0)
    @exclusivity(unchecked) private var groups: [Group] = []
    /// The low 16 bits of each rare shingle, member by member.
    @exclusivity(unchecked) private var tags = Buffer<UInt16>()
    /// The number of rare shingles after which a new group begins.
    @exclusivity(unchecked) private var groupSize = 0
    /// The number of members when the common shingles were last chosen.
    @exclusivity(unchecked) private var chosenAt = 0
    /// The log offset up to which this bucket is complete: every document before it that has the key is a member.
    @exclusivity(unchecked) private(set) var through = 0

    private let threshold: Threshold

    /// Reads the shingles of a document and passes them to `body`.
    typealias Reader = (_ document: Int, _ body: (UnsafeBufferPointer<UInt64>) -> Void) throws(Failure) -> Void

    /// The largest number of documents that are sampled to choose the common shingles.
    private static let sample = 64
    /// A shingle is common if at least one sampled document in `commonShare` has it.
    private static let commonShare = 8
    /// The largest number of rare shingles in a group. A member that has more shingles forms a group of its own.
    private static let largestGroup = 1 << 13

    init(_ threshold: Threshold) { self.threshold = threshold }

    /// The number of members.
    var count: Int { members.count }

    /// The memory of the bucket in bytes, approximately.
    var memory: Int {
        rare.memory + groups.reduce(0) { $0 + $1.rare.memory } + members.capacity * MemoryLayout<Member>.stride
            + common.capacity * 8 + tags.capacity * 2
    }

    /// The number of members whose log offset is below `document`.
    func count(before document: Int) -> Int {
        members.elements.partitionPoint { $0.document >= document }
    }

    // MARK: Members

    /// Adds documents, in ascending order, that come after all members. The caller passes every document with the key
    /// up to the log offset `end`.
    func insert(_ new: [Int], through end: Int, _ read: Reader) throws(Failure) {
        // Once the number of members has doubled, other shingles may be common: start again from the log.
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
            // A group whose members have no rare shingles is never full.
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

    /// Calls `body` with the rare shingles; returns the number of common ones.
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

    /// Chooses the common shingles from a sample of the documents, and sizes the filters for twice as many documents.
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

    /// Calls `body` with every member that may match, in no particular order.
    ///
    /// - Parameters:
    ///   - sizes: the numbers of shingles that a duplicate can have.
    ///   - scratch: a buffer to reuse; it receives the document's rare shingles that pass the filter of all members.
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

    /// The smallest number of rare shingles that a member of any accepted size must share with a document that has
    /// `size` shingles, of which `commonShingles` are common.
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

/// A set of 16-bit tags as a bit map of 8 KiB.
private struct TagSet {
    private let words: UnsafeMutableBufferPointer<UInt64>

    static func with(_ tags: some Sequence<UInt16>, _ body: (TagSet) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1 << 10) { words in
            words.initialize(repeating: 0)
            for tag in tags { words[Int(tag >> 6)] |= 1 << UInt64(tag & 63) }
            body(TagSet(words: words))
        }
    }

    /// The number of tags that are in the set.
    func count(in tags: UnsafeBufferPointer<UInt16>) -> Int {
        var count: UInt64 = 0
        for tag in tags { count &+= words[Int(tag >> 6)] >> UInt64(tag & 63) & 1 }
        return Int(count)
    }
}

extension RandomAccessCollection where Index == Int {
    /// The index of the first element for which `beyond` is true. It must be false before and true from there on.
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
