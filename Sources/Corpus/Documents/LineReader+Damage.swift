package import Basics

extension LineReader {
    /// Reads a whole shard and returns how its bytes are damaged, or nil for a shard that can be read to its end.
    ///
    /// A shard may fail for another reason first: damaged bytes of a gzip member decode to lines that are not JSON before
    /// the checksum at its end tells. Callers that leave damaged shards out ask here before they report such a line.
    ///
    /// Failures that are no damage (a file that cannot be read, a line beyond the limits) count as none: whoever reads the
    /// shard reports them.
    package static func damage(of shard: Shard, limits: Limits) -> Failure? {
        do throws(Failure) {
            var reader = try LineReader(shard: shard, ordinal: 0, limits: limits)
            while let lines = reader.next() {
                if let failure = lines.failure { throw failure }
            }
            return nil
        } catch {
            return error.kind == .damagedShard ? error : nil
        }
    }
}
