internal import Basics

/// Which kept documents have a band key: a table in memory and, once that is full, sorted runs on the disk.
///
/// Runs of like size merge, so that their number grows with the logarithm of what they hold.
struct BandIndex: ~Copyable {
    private var table = BandTable()
    private var runs: [SortedRun] = []
    private let folder: String
    /// Bytes that may be taken. Of what the filters and fences of the runs leave, the table takes what it can, and a
    /// quarter of all in any case.
    private let memory: Int
    private var runMemory = 0

    init(folder: String, memory: Int) {
        self.folder = folder
        self.memory = memory
    }

    /// Entries, and how many of them are on the disk.
    var count: (all: Int, sealed: Int) {
        let sealed = runs.reduce(0) { $0 + $1.count }
        return (table.count + sealed, sealed)
    }

    mutating func insert(keys: UnsafeBufferPointer<UInt64>, document: UInt64) throws(Failure) {
        let room = max(memory - runMemory, memory / 4)
        for key in keys {
            if table.bytesToInsert > room && table.count > 0 { try seal() }
            table.insert(key: key, document: document)
        }
    }

    /// Fetches what searching for the keys will read of memory; the value says nothing.
    borrowing func touch(_ keys: UnsafeBufferPointer<UInt64>) -> UInt64 { table.touch(keys) }

    /// Calls `body` with every document that has the key. `page` is the caller's scratch space.
    borrowing func forEach(key: UInt64, page: inout Buffer<BandEntry>, _ body: (UInt64) -> Void) throws(Failure) {
        table.forEach(key: key, body)
        for run in runs { try run.forEach(key: key, page: &page, body) }
    }

    private mutating func seal() throws(Failure) {
        runs.append(try SortedRun.seal(table, path: folder + "/bands.tmp"))
        table.removeAll(keepingCapacity: false)
        while runs.count > 1, runs[runs.count - 2].count <= runs[runs.count - 1].count * 2 {
            let last = runs.removeLast()
            let before = runs.removeLast()
            runs.append(try SortedRun.merge(before, last, path: folder + "/bands.tmp"))
        }
        runMemory = runs.reduce(0) { $0 + $1.memory }
    }
}
