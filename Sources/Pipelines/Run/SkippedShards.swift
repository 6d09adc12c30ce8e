internal import Basics
package import Corpus
package import Reports

/// The damaged shards that a command has left out so far, and the rule by which it leaves out the next one.
///
/// A command that meets a damaged shard ends as after a crash: what is whole is committed, the rest is dropped. It then
/// begins again without the shard, so that the output is what it would be if the shard had not been there.
package final class SkippedShards: Sendable {
    private let isOn: Bool
    /// How shards are read again, to find damage that looked like something else.
    private let limits: ReadLimits
    private let skipped = Locked<[Report.SkippedShard]>([])

    /// - Parameters:
    ///   - isOn: whether damaged shards are left out at all.
    ///   - memory: bytes that the command may take.
    package init(_ isOn: Bool, memory: Int) {
        self.isOn = isOn
        limits = ReadLimits(
            batch: 1 << 20, line: memory / 8, window: WindowLimit(bytes: memory / 8) { _ in "" },
            memoryForLine: { _ in nil })
    }

    /// For a command that stops at every damaged shard.
    package static var none: SkippedShards { SkippedShards(false, memory: 0) }

    /// The shards that were left out, in the order of the corpus.
    package var all: [Report.SkippedShard] { skipped.withLock { $0 } }

    package func contains(_ name: String) -> Bool { skipped.withLock { $0.contains { $0.shard.equalsBytewise(name) } } }

    /// Decides whether the command is to begin again after an error, and notes the shard to leave out.
    ///
    /// - Parameters:
    ///   - error: what the command ended with.
    ///   - shards: the shards that it reads, in their order.
    ///   - isDone: whether a shard was finished. If the error is about a shard, it is about the first unfinished one.
    package func skip(after error: any Error, _ shards: [Shard], isDone: (Shard) -> Bool) -> Bool {
        guard isOn, let failure = error as? Failure else { return false }
        switch failure.kind {
        case .damagedShard:
            guard shards.contains(where: { $0.name.equalsBytewise(failure.damagedShard ?? "") }) else { return false }
            note(failure)
            return true
        case .data:
            // Damaged bytes can look like bad lines first.
            guard let first = shards.first(where: { !isDone($0) }),
                let damage = DocumentFormats.standard.damage(of: first, limits: limits)
            else { return false }
            note(damage)
            return true
        case .usage, .system, .interrupted: return false
        }
    }

    /// Reads shards to their ends and notes all that are damaged: for a command that loses everything when it begins
    /// again.
    package func skipDamaged(of shards: [Shard]) {
        for shard in shards where !contains(shard.name) {
            if let damage = DocumentFormats.standard.damage(of: shard, limits: limits) { note(damage) }
        }
    }

    /// The shards of a listing that are not left out.
    package func leaving(_ shards: [Shard]) -> [Shard] { isEmpty ? shards : shards.filter { !contains($0.name) } }

    private var isEmpty: Bool { skipped.withLock { $0.isEmpty } }

    /// Thrown where a command is to begin again without the shard that was noted last.
    package struct BeginsAgain: Error {
        package init() {}
    }

    private func note(_ damage: Failure) {
        let shard = damage.damagedShard ?? ""
        skipped.withLock {
            $0.append(Report.SkippedShard(shard: shard, reason: damage.message(without: shard)))
        }
    }
}
