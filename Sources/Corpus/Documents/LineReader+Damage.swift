package import Basics

extension LineReader {
    /// Reads a whole shard. Returns the damage if its bytes are damaged, and nil otherwise.
    ///
    /// A damaged shard can first fail in another way: the damaged bytes of a gzip member decode to lines that are not
    /// JSON, and only the checksum at the member's end reveals the damage. Callers that skip damaged shards therefore
    /// call this before they report a bad line.
    ///
    /// Other failures (a file that cannot be read, a line beyond the limits) also give nil: the caller meets and
    /// reports them when it reads the shard.
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
