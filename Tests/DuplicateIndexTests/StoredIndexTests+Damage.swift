import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

extension StoredIndexTests {
    /// Damage is found by `verify`, and when the damaged file is opened.
    @Test func damageIsNamed() throws {
        let folder = try TemporaryFolder()
        let index = try open(folder, .empty, .none)
        var corpus = RandomCorpus(seed: 7)
        for _ in 0..<40 { try insert(corpus.next(), index) }
        let state = try index.makeDurable(through: index.position)
        try index.wasCommitted(state)
        #expect(state.segments.count > 1)
        let stored = DuplicateIndex.Stored(folder: folder.path, state: state)
        func damage() throws -> [String] { try self.damage(of: stored) }
        #expect(try damage().isEmpty)
        #expect(DuplicateIndex.files(of: .init(folder: folder.path, state: .empty)).isEmpty)
        let contents = try folder.contents()
        #expect(Set(DuplicateIndex.files(of: stored).map(\.path)) == Set(contents.keys.map { folder.path + "/" + $0 }))
        for segment in state.segmentSizes {
            #expect(
                try File.status(at: BandSegment.path(segment.number, in: folder.path))?.size == Int64(segment.bytes))
        }
        for (name, bytes) in contents {
            let path = folder.path + "/" + name
            for at in [0, 30, bytes.count / 2, bytes.count - 1] {
                try overwrite(path, at: at, [bytes[at] ^ 0x10])
                #expect(try damage().count == 1 && damage()[0].contains(path))
                try overwrite(path, at: at, [bytes[at]])
            }
            try write(Array(bytes.dropLast()), to: path)
            #expect(try damage().count == 1 && damage()[0].contains(path))
            #expect(throws: Failure.self) { try open(folder, state, .none) }
            try Disk.remove(path)
            #expect(try damage().count == 1 && damage()[0].contains(path))
            #expect(throws: Failure.self) { try open(folder, state, .none) }
            try write(bytes, to: path)
        }
        #expect(try damage().isEmpty)
        for name in contents.keys { try write([1, 2, 3], to: folder.path + "/" + name) }
        #expect(try damage().count == contents.count)
        for (name, bytes) in contents { try write(bytes, to: folder.path + "/" + name) }
        var other = state
        other.position.documents += 1
        #expect(try self.damage(of: .init(folder: folder.path, state: other)).count == 1)
        #expect(try folder.contents() == contents)
    }
}
