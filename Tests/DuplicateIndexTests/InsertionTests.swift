import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

@Suite struct InsertionTests {
    /// The band keys and shingles of documents, in memory that stays where it is.
    private final class Documents: @unchecked Sendable {
        private var keys = Buffer<UInt64>()
        private var shingles = Buffer<UInt64>()
        private var ends = [0]
        private let id = DocumentIDBytes(kind: .none, bytes: UnsafeBufferPointer(start: nil, count: 0))
        /// The number of each document by its first shingle.
        private var numbers: [UInt64: Int] = [:]
        private static let bands = 10

        init(count: Int, seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            for _ in 0..<count {
                // Some keys are shared by many documents.
                for _ in 0..<Self.bands { keys.append(random.chance(0.2) ? (random.next() % 5) << 61 : random.next()) }
                let set = random.set(Int.random(in: 1...400, using: &random))
                numbers[set[0]] = ends.count - 1
                for shingle in set { shingles.append(shingle) }
                ends.append(shingles.count)
            }
        }

        /// The keys of the document with these shingles.
        func keys(of set: UnsafeBufferPointer<UInt64>) -> UnsafeBufferPointer<UInt64> {
            let number = numbers[set[0]]!
            return keys.slice(number * Self.bands..<(number + 1) * Self.bands)
        }

        func new(_ range: Range<Int>) -> [NewDocument] {
            range.map { number in
                NewDocument(
                    place: Place(shard: 0, line: number + 1), id: id,
                    keys: keys.slice(number * Self.bands..<(number + 1) * Self.bands),
                    shingles: shingles.slice(ends[number]..<ends[number + 1]))
            }
        }
    }

    private func index(_ folder: TemporaryFolder, memory: Int, _ documents: Documents) throws -> DuplicateIndex {
        try DuplicateIndex(
            own: .init(folder: folder.path, state: .empty), scratch: folder.path + "/none", memory: memory,
            match: .exact, keys: { set, keys in keys.append(contentsOf: documents.keys(of: set)) })
    }

    /// Parts that are done on many threads, in any order, give the same files as documents that are inserted one by one.
    @Test(arguments: [1, 3, 8, 40], [200 << 10, 64 << 20])
    func partsOnManyThreadsGiveTheSameIndex(threads: Int, memory: Int) async throws {
        let documents = Documents(count: 600, seed: UInt64(threads))
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        let index = try index(folder, memory: memory, documents)
        let sequential = try self.index(other, memory: memory, documents)
        var random = SeededGenerator(seed: 3)
        var first = 0
        while first < 600 {
            let range = first..<min(600, first + Int.random(in: 0...200, using: &random))
            let new = documents.new(range)
            if random.chance(0.5), index.mustSeal(before: new) {
                try index.seal(DuplicateIndex.tableParts.reversed().map(index.sortedEntries).reversed())
            }
            let insertion = try index.begin(new, threads: threads)
            #expect(insertion.parts.count <= threads + 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in insertion.parts.shuffled(using: &random) {
                    group.addTask { try index.run(part, of: insertion) }
                }
                try await group.waitForAll()
            }
            index.end(insertion)
            for document in new { try sequential.insert([document]) }
            #expect(index.position == sequential.position)
            first = range.upperBound
        }
        let log = try bytesOfFile(DocumentLog.path(in: folder.path))
        #expect(try log == bytesOfFile(DocumentLog.path(in: other.path)))
        // The same lookups, and all of them find their document.
        let (workspace, otherWorkspace) = (DuplicateIndex.Workspace(), DuplicateIndex.Workspace())
        for document in documents.new(0..<600) {
            let twin = try index.twin(keys: document.keys, shingles: document.shingles, workspace)
            let other = try sequential.twin(keys: document.keys, shingles: document.shingles, otherWorkspace)
            #expect(twin?.place == document.place && other?.place == document.place)
            #expect(twin?.bands == other?.bands)
        }
        #expect(workspace.candidates == otherWorkspace.candidates)
        // Merged into one segment, both have the same entries.
        try index.compact()
        try sequential.compact()
        #expect(index.size.bandKeys == 6000 && index.size.segments == 1)
        #expect(index.size.bandKeys == sequential.size.bandKeys)
    }
}
