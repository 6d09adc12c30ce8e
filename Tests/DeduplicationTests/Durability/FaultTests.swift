import Basics
import Foundation
import TestSupport
import Testing

extension DurabilityTests {
    /// A full disk, and a killed process: any call may fail, and the next run completes the output.
    @Suite
    struct Faults {
        @Test(arguments: Scenario.works)
        func aRunAfterAnyFailedCallEndsAsUsual(start: Scenario.Start, work: Scenario.Work) async throws {
            let scenario = try await Scenario()
            let folder = scenario.folder
            try await scenario.prepare(start, in: folder / "start")
            for (isDeadAfter, threads) in [(false, 1), (true, 1), (true, 3)] {
                // With several threads, the order and even the number of the calls differ from run to run.
                let counting = FaultyDisk(below: folder / "trial")
                try FileManager.default.copyItem(atPath: folder / "start", toPath: folder / "trial")
                try await counting.watched { try await scenario.work(work, in: folder / "trial", threads: threads) }
                #expect(counting.calls > (work == .run ? 100 : 10))
                try FileManager.default.removeItem(atPath: folder / "trial")

                let offset = start.offset + (isDeadAfter ? 0 : 7) + threads
                for number in DurabilityTests.sample(0..<counting.calls, atMost: 5, first: offset) {
                    try FileManager.default.copyItem(atPath: folder / "start", toPath: folder / "trial")
                    let disk = FaultyDisk(below: folder / "trial", isDeadAfter: isDeadAfter) { count, _ in
                        count == number
                    }
                    var failure: Failure?
                    do {
                        try await disk.watched { try await scenario.work(work, in: folder / "trial", threads: threads) }
                    } catch let error as Failure {
                        failure = error
                    }
                    let calls = "call \(number)\(isDeadAfter ? " and all after it" : "")"
                    let what = "\(start), \(calls): \(disk.hit?.name ?? "-")"
                    #expect(disk.hit != nil || threads > 1)
                    #expect((failure == nil) == (disk.hit == nil), "\(what)")
                    // The error of the first failed call is reported.
                    #expect(failure?.message.contains("No space left on device") != false, "\(what)")
                    try await scenario.expectRecovery(folder / "trial", what)
                    try FileManager.default.removeItem(atPath: folder / "trial")
                }
            }
        }

        /// A system reports bytes that it could not write at one sync only. A later sync that succeeds must not commit
        /// the file.
        @Test(arguments: [1, 3])
        func aFileWhoseSyncFailedIsNotCommitted(threads: Int) async throws {
            let scenario = try await Scenario()
            let parent = scenario.folder / "trial"
            try await scenario.prepare(.nothing, in: parent)
            let seen = Locked((failed: String?.none, isNamed: false))
            Disk.watch { call in
                seen.withLock { seen in
                    switch call {
                    case .sync(let path)
                    where seen.failed == nil && path.hasPrefix(parent) && path.contains("/.dedup/tmp/"):
                        seen.failed = path
                        return EIO
                    case .rename(let path, _) where path == seen.failed: seen.isNamed = true
                    default: break
                    }
                    return nil
                }
            }
            await #expect(throws: Failure.self) {
                defer { Disk.watch(nil) }
                try await scenario.work(.run, in: parent, threads: threads)
            }
            #expect(seen.withLock { $0.failed != nil && !$0.isNamed })
            try await scenario.expectRecovery(parent, "after a failed sync")
        }
    }
}
