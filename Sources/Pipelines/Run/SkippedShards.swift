internal import Basics
package import Corpus
package import Reports

/// The damaged shards that a command has left out so far, and the decision whether to leave out another one.
///
/// When a command finds a damaged shard, it ends as it would after a crash: complete shards are committed, and the rest
/// is discarded. It then starts again without the damaged shard, so that its output is the same as if that shard did
/// not exist.
package final class SkippedShards: Sendable {
    private let isOn: Bool
    /// The limits for reading shards again, to find damage that first looked like another error.
    private let limits: ReadLimits
    private let skipped = Locked<[Report.SkippedShard]>([])

    /// - Parameters:
    ///   - isOn: whether damaged shards are left out; if false, the first one ends the command.
    ///   - memory: the memory that the command may use, in bytes.
    package init(_ isOn: Bool, memory: Int) {
        self.isOn = isOn
        limits = ReadLimits(
            batch: 1 << 20, line: memory / 8, window: WindowLimit(bytes: memory / 8) { _ in "" },
            memoryForLine: { _ in nil })
    }

    /// For commands that do not leave out damaged shards.
    package static var none: SkippedShards { SkippedShards(false, memory: 0) }

    /// The shards that were left out, in the order in which they were found.
    package var all: [Report.SkippedShard] { skipped.withLock { $0 } }

    /// Whether the shard of this name is left out.
    package func contains(_ name: String) -> Bool { skipped.withLock { $0.contains { $0.shard.equalsBytewise(name) } } }

    /// Decides whether the command starts again after an error, and records the shard to leave out.
    ///
    /// - Parameters:
    ///   - error: the error that ended the command.
    ///   - shards: the shards that the command reads, in corpus order.
    ///   - isDone: whether a shard was finished. An error about a shard is always about the first unfinished one.
    package func skip(after error: any Error, _ shards: [Shard], isDone: (Shard) -> Bool) -> Bool {
        guard isOn, let failure = error as? Failure else { return false }
        switch failure.kind {
        case .damagedShard:
            guard shards.contains(where: { $0.name.equalsBytewise(failure.damagedShard ?? "") }) else { return false }
            note(failure)
            return true
        case .data:
            // Damaged bytes may have been reported as bad lines.
            guard let first = shards.first(where: { !isDone($0) }),
                let damage = DocumentFormats.standard.damage(of: first, limits: limits)
            else { return false }
            note(damage)
            return true
        case .usage, .system, .interrupted: return false
        }
    }

    /// Reads shards to their ends and records all damaged ones. Used by commands that would lose all their work by
    /// starting again.
    package func skipDamaged(of shards: [Shard]) {
        for shard in shards where !contains(shard.name) {
            if let damage = DocumentFormats.standard.damage(of: shard, limits: limits) { note(damage) }
        }
    }

    /// Returns the shards that are not left out.
    package func leaving(_ shards: [Shard]) -> [Shard] { isEmpty ? shards : shards.filter { !contains($0.name) } }

    private var isEmpty: Bool { skipped.withLock { $0.isEmpty } }

    /// Thrown to start a command again without the shard that was recorded last.
    package struct Restart: Error {
        package init() {}
    }

    private func note(_ damage: Failure) {
        let shard = damage.damagedShard ?? ""
        skipped.withLock {
            $0.append(Report.SkippedShard(shard: shard, reason: damage.message(without: shard)))
        }
    }
}
