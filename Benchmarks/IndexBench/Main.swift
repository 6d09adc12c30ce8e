import Basics
import DuplicateIndex
import Foundation

/// Measures look-ups in a segment of band keys of any size. The keys are random, like those of documents.
///
///     make bench BENCH=index-bench ARGUMENTS="FOLDER KEYS [LOOKUPS]"
///
/// Writes a segment of KEYS keys to FOLDER, then looks up LOOKUPS keys that are in it and as many that are not, on one
/// thread. This is repeated with the filter and the directory in memory and memory-mapped, and with the file in the
/// system's page cache and not.
@main
struct IndexBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let keys = Int(arguments[2]) else {
            print("usage: index-bench FOLDER KEYS [LOOKUPS]")
            exit(2)
        }
        let lookups = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 1_000_000
        try Disk.makeFolder(arguments[1])
        let info = try write(keys, to: arguments[1])
        print("| filter | file | keys | look-ups/s | pages read per look-up |")
        print("| --- | --- | --- | --- | --- |")
        for inMemory in [true, false] {
            for isWarm in [false, true] {
                dropCaches(arguments[1])
                let segment = try BandSegment(info, in: arguments[1], inMemory: inMemory)
                if !isWarm { dropCaches(arguments[1]) }
                if isWarm { try segment.verify() }
                for arePresent in [false, true] {
                    // On a cold disk, fewer reads are enough for a good measurement.
                    let count = isWarm || !arePresent ? lookups : min(lookups, 20_000)
                    let name = "\(inMemory ? "memory" : "mapped") | \(isWarm ? "warm" : "cold")"
                    try lookUp(count, arePresent, keys, segment, name)
                }
            }
        }
    }

    /// The key at a place of the segment. Keys are spread evenly, with random distances.
    static func key(_ place: Int, of keys: Int) -> UInt64 {
        let step = UInt64.max / UInt64(keys)
        var z = UInt64(place) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z ^= z >> 27
        return UInt64(place) * step + z % step
    }

    static func write(_ keys: Int, to folder: String) throws -> IndexState.Segment {
        let target = BandSegment.Target(folder: folder, number: 1, isTemporary: false, inMemory: false)
        var place = 0
        let start = ContinuousClock.now
        let segment = try BandSegment.write(entries: keys, documents: 0..<keys, target) {
            defer { place += 1 }
            return BandEntry(key: key(place, of: keys), document: UInt64(place))
        }
        try segment.sync()
        let bytes = BandSegment.fileBytes(entries: keys)
        print("\(keys) keys: \(bytes) bytes, \(Double(bytes) / Double(keys)) a key; of these directory and filter")
        print("\(BandSegment.memory(entries: keys)) bytes; written in \(start.duration(to: .now))\n")
        return segment.info
    }

    static func lookUp(
        _ count: Int, _ arePresent: Bool, _ keys: Int, _ segment: BandSegment, _ name: String
    ) throws {
        var scratch = PageScratch()
        var random = SystemRandomNumberGenerator()
        var wanted: [UInt64] = []
        for _ in 0..<count {
            let present = key(Int.random(in: 0..<keys, using: &random), of: keys)
            wanted.append(arePresent ? present : random.next())
        }
        var found = 0
        let start = ContinuousClock.now
        for first in stride(from: 0, to: count, by: 10) {
            // As in a run: the cache lines of the filter for all keys of a document are prefetched together.
            let document = wanted[first..<min(count, first + 10)]
            for key in document { segment.prefetch(key) }
            for key in document where segment.mayContain(key) {
                try segment.forEach(key: key, &scratch) { _ in found += 1 }
            }
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        if arePresent && found < count { fatalError("keys are missing") }
        let perSecond = Int(Double(count) / seconds)
        let pages = String(format: "%.3f", Double(scratch.pagesRead) / Double(count))
        print("| \(name) | \(arePresent ? "present" : "absent") | \(perSecond) | \(pages) |")
    }

    /// Drops the segment from the system's page cache.
    static func dropCaches(_ folder: String) {
        let descriptor = open(folder + "/bands-000001", O_RDONLY)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        close(descriptor)
    }
}
