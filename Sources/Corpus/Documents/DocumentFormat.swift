package import Basics

/// A format of shards. `DocumentFormats.standard` lists the formats; docs/extending.md says how to add one.
///
/// Reading has two steps, because the first one must go in order and the second one is most of the work:
///
/// 1. A `DocumentSource` reads the records of a shard, one batch after the other.
/// 2. `DocumentParser`s find the documents of the batches, on several threads at once.
///
/// A `DocumentSink` writes the documents that are kept.
package protocol DocumentFormat: Sendable {
    /// Whether the shard has this format. Called for every batch, so it must decide by the shard's name and must not
    /// open the file.
    func reads(_ shard: Shard) -> Bool

    /// Opens a shard.
    ///
    /// - Parameters:
    ///   - ordinal: the shard's position in the order of the corpus, from 0; every batch carries it.
    ///   - point: where to start: the `point` of a batch of an earlier run; nil for the shard's beginning. A source
    ///     that sets no points in its batches is never given one.
    ///   - limits: how much is read at once, and how much memory the source may take.
    /// - Throws: if the shard cannot be opened, or has changed since `point` was recorded.
    func source(of shard: Shard, ordinal: Int, from point: ReadPoint?, limits: ReadLimits) throws(Failure)
        -> any DocumentSource

    /// Makes a parser. Each thread that parses has one, and uses it for all shards of the format.
    func parser(_ fields: DocumentFields) throws(Failure) -> any DocumentParser

    /// Returns the records of a batch without parsing them: one entry for each record, with its line number and its
    /// place in the batch, without text and id. The filter of a scored corpus uses this: it needs only the scores, and
    /// parsing would take most of its time.
    func records(of raw: RawBatch) -> Documents

    /// Makes the sink of a run.
    ///
    /// - Parameter level: the level of compression.
    func sink(level: Int) -> any DocumentSink
}

/// Reads one shard: the first step of reading. Only one thread at a time uses a source.
package protocol DocumentSource: AnyObject {
    /// Returns the next batch, in the order of the shard; nil after the last one.
    ///
    /// A shard has at least one batch. The last one has an `end`, or the `failure` that ended the shard; errors are not
    /// thrown, so that all documents before the error are still processed. A batch has about `ReadLimits.batch` bytes,
    /// and one record at least.
    func next() -> RawBatch?

    /// Like `next`, but for a shard whose turn has not come. It also returns nil where going on would take more memory
    /// than usual: for a record that is longer than a batch, or a decoder's window of more than
    /// `ReadLimits.windowAhead`. `next` then goes on from there.
    ///
    /// A source without it is read only when its turn has come.
    func readAhead() -> RawBatch?

    /// Finds the next compressed frames that another thread can decode before `next` needs them. Nil if there are none,
    /// or if the next frames must be decoded in order: `next` does that, and a later call finds those after them.
    ///
    /// Every run of frames that this returns must be decoded (`FrameRun.decode`). `next` takes its content from there.
    ///
    /// - Parameter reservation: `bytes` of memory, the most that the frames may take. The frames keep it.
    func findFrames(_ reservation: any MemoryReservation, of bytes: Int) -> FrameRun?

    /// The frames that were found and that `next` needs for its next batch, as far as this is known.
    var neededFrames: [FrameRun] { get }

    /// The number of bytes read from the file so far, for the progress.
    var readBytes: Int64 { get }

    /// The bytes of memory, besides the batches, that the source takes from the memory budget for documents at this
    /// moment: the part of a decoder's window beyond `WindowLimit.share`. It may change with every batch.
    var memoryFromBudget: Int { get }
}

extension DocumentSource {
    package func readAhead() -> RawBatch? { nil }
    package func findFrames(_ reservation: any MemoryReservation, of bytes: Int) -> FrameRun? { nil }
    package var neededFrames: [FrameRun] { [] }
}

/// Finds the documents in the batches of a source of the same format: the second step of reading. Only one thread at a
/// time uses a parser.
package protocol DocumentParser: AnyObject {
    /// Returns the documents of a batch, with their texts, ids and line numbers, and its bad lines.
    ///
    /// A bad line that ends the run is no error here: it becomes the `failure` of the documents before it.
    func parse(_ raw: RawBatch) -> Documents
}

extension DocumentFormat {
    /// Reads a whole shard. Returns the damage if its bytes are damaged, and nil otherwise.
    ///
    /// A damaged shard can first fail in another way: the damaged bytes of a gzip member decode to lines that are not
    /// JSON, and only the checksum at the member's end reveals the damage. Callers that skip damaged shards therefore
    /// call this before they report a bad line.
    ///
    /// Other failures (a file that cannot be read, a line beyond the limits) also give nil: the caller meets and
    /// reports them when it reads the shard.
    package func damage(of shard: Shard, limits: ReadLimits) -> Failure? {
        do throws(Failure) {
            let source = try source(of: shard, ordinal: 0, from: nil, limits: limits)
            while let raw = source.next() {
                if let failure = raw.failure { throw failure }
            }
            return nil
        } catch {
            return error.kind == .damagedShard ? error : nil
        }
    }
}
