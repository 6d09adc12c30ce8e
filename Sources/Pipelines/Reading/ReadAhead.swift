internal import Basics
internal import Corpus
internal import OutputStore
internal import PipelineGraph

/// Reads shards before their turn has come, several at once, while there is memory for their batches.
///
/// One thread decodes about 800 MB of text per second, which keeps a few threads busy. With more, the shard whose turn
/// it is and those after it are decoded at the same time. Their batches wait here, so what later stages receive does not
/// change.
///
/// Where a shard cannot be read ahead (`DocumentSource.readAhead`), the rest of it waits for its turn.
package final class ReadAhead: Sendable {
    /// A shard that is read ahead. Only one thread at a time uses its source.
    private final class Ahead: @unchecked Sendable {
        let ordinal: Int
        var source: (any DocumentSource)?
        /// The thread that reads the shard.
        let reading = WorkCount()

        init(ordinal: Int) {
            self.ordinal = ordinal
        }
    }

    /// A batch that waits, and the number of bytes of the file that had been read after it.
    private struct Waiting {
        let raw: RawBatch
        let readBytes: Int64
    }

    private struct Progress {
        let shard: Ahead
        var batches: [Waiting] = []
        /// Whether a thread reads the shard at present.
        var isReading = false
        /// Whether the shard has ended, or its rest cannot be read ahead.
        var isOver = false
        /// Whether the shard's turn has come: no thread may start to read ahead.
        var isTaken = false
    }

    private struct State {
        var free: Int
        /// The shards that are read ahead, in the order of the corpus.
        var shards: [Progress] = []
        /// The ordinals of the shards that are not open yet.
        var unopened: Range<Int>
        /// The number of shards that are read at present.
        var reading = 0
        var isClosed = false

        func index(of ordinal: Int) -> Int? { shards.firstIndex { $0.shard.ordinal == ordinal } }
    }

    /// The memory of an open shard: its decoder, window and input buffer.
    private static let memoryOfShard = ReadLimits.windowAhead + (2 << 20)

    /// The largest number of open shards for each reader: a process may open some 1,000 files.
    private static let openShards = 4

    private let sequence: ShardSequence
    private let reader: ShardReader
    private let readers: Int
    /// The memory of a batch while it is read: the decoder may fill it by a quarter more than its size.
    private let memoryOfBatch: Int
    private let state: Locked<State>

    /// - Parameters:
    ///   - memory: the memory in bytes for open shards and their waiting batches.
    ///   - batch: the size of a batch in bytes.
    ///   - readers: the number of shards that are read at once.
    init(_ sequence: ShardSequence, _ reader: ShardReader, memory: Int, batch: Int, readers: Int) {
        self.sequence = sequence
        self.reader = reader
        self.readers = readers
        memoryOfBatch = batch / 4 * 5
        state = Locked(State(free: memory, unopened: sequence.ordinals))
    }

    /// Starts to read ahead where there is memory. Called whenever batches were taken.
    func readOn(_ output: Outlet<ReadBatch>) {
        while let shard = state.withLock({ nextToRead(&$0) }) {
            output.start { [self] in
                repeat { readBatch(of: shard) } while goesOn(shard)
                readOn(output)
            }
        }
    }

    /// Chooses a shard for one more thread; the first ones in the order of the corpus are needed first.
    private func nextToRead(_ state: inout State) -> Ahead? {
        guard !state.isClosed, state.reading < readers, state.free >= memoryOfBatch else { return nil }
        var chosen = state.shards.firstIndex { !$0.isReading && !$0.isOver && !$0.isTaken }
        if chosen == nil, let ordinal = state.unopened.first, state.free >= memoryOfBatch + Self.memoryOfShard,
            state.shards.count < readers * Self.openShards
        {
            state.unopened.removeFirst()
            state.free -= Self.memoryOfShard
            state.shards.append(Progress(shard: Ahead(ordinal: ordinal)))
            chosen = state.shards.count - 1
        }
        guard let chosen else { return nil }
        state.shards[chosen].isReading = true
        state.shards[chosen].shard.reading.begin()
        state.reading += 1
        state.free -= memoryOfBatch
        return state.shards[chosen].shard
    }

    private func readBatch(of shard: Ahead) {
        let planned = sequence[shard.ordinal]
        let source =
            shard.source ?? reader.open(planned.shard, ordinal: shard.ordinal, from: planned.partial?.read)
        shard.source = source
        let raw = source.readAhead()
        state.withLock { state in
            let index = state.index(of: shard.ordinal)!
            state.free += memoryOfBatch - (raw?.bytes.capacity ?? 0)
            if let raw { state.shards[index].batches.append(Waiting(raw: raw, readBytes: source.readBytes)) }
            if raw == nil || raw?.end != nil || raw?.failure != nil { state.shards[index].isOver = true }
        }
    }

    /// Whether the thread that reads a shard reads one more batch. If not, the shard is free for another thread.
    private func goesOn(_ shard: Ahead) -> Bool {
        let goesOn = state.withLock { state in
            let index = state.index(of: shard.ordinal)!
            let mustStop = state.shards[index].isTaken || state.isClosed
            if !mustStop, !state.shards[index].isOver, state.free >= memoryOfBatch {
                state.free -= memoryOfBatch
                return true
            }
            state.shards[index].isReading = false
            state.reading -= 1
            return false
        }
        if !goesOn { shard.reading.end() }
        return goesOn
    }

    /// Returns the source of a shard whose turn has come, with the batches that were read ahead; nil if none was.
    func take(_ ordinal: Int) async -> (any DocumentSource)? {
        let shard: Ahead? = state.withLock { state in
            // It is read by the caller from now on.
            if state.unopened.first == ordinal { state.unopened.removeFirst() }
            guard let index = state.index(of: ordinal) else { return nil }
            state.shards[index].isTaken = true
            return state.shards[index].shard
        }
        guard let shard else { return nil }
        await shard.reading.waitUntilDone()
        let progress = state.withLock { state in
            state.free += Self.memoryOfShard
            return state.shards.remove(at: state.index(of: ordinal)!)
        }
        guard let source = shard.source else { return nil }
        return TakenSource(source, progress.batches) { [self] bytes in state.withLock { $0.free += bytes } }
    }

    /// Stops reading ahead. Threads that read at this moment end after their batch.
    func close() { state.withLock { $0.isClosed = true } }

    /// Gives the batches that were read ahead, and then the others.
    private final class TakenSource: DocumentSource {
        private let source: any DocumentSource
        /// The last one first: a batch that was taken must not be kept, or its memory would stay reserved.
        private var batches: [Waiting]
        /// Gives the memory of a batch back.
        private let giveBack: (Int) -> Void
        private var readBytesSoFar: Int64?

        init(_ source: any DocumentSource, _ batches: [Waiting], giveBack: @escaping (Int) -> Void) {
            self.source = source
            self.batches = batches.reversed()
            self.giveBack = giveBack
        }

        func next() -> RawBatch? {
            guard let waiting = batches.popLast() else {
                readBytesSoFar = nil
                return source.next()
            }
            readBytesSoFar = waiting.readBytes
            giveBack(waiting.raw.bytes.capacity)
            return waiting.raw
        }

        func findFrames(_ reservation: any MemoryReservation, of bytes: Int) -> FrameRun? {
            source.findFrames(reservation, of: bytes)
        }

        var neededFrames: [FrameRun] { batches.isEmpty ? source.neededFrames : [] }
        var readBytes: Int64 { readBytesSoFar ?? source.readBytes }
        var memoryFromBudget: Int { source.memoryFromBudget }
    }
}
