import Basics
import Foundation
import Testing

extension DurabilityTests {
    /// A full disk, and a process that dies: any call may fail, and the next run makes good.
    @Suite
    struct Faults {
        @Test(arguments: Scenario.Start.allCases)
        func whateverCallFailsTheNextRunEndsAsEver(start: Scenario.Start) async throws {
            let scenario = try await Scenario()
            let folder = scenario.folder
            try await scenario.prepare(start, in: folder("start"))
            let counting = FaultyDisk(below: folder("trial"))
            try FileManager.default.copyItem(atPath: folder("start"), toPath: folder("trial"))
            try await counting.watched { try await scenario.run(folder("trial")) }
            #expect(counting.calls > 60)
            var refused = 0
            for isDeadAfter in [false, true] {
                let calls = DurabilityTests.sample(0..<counting.calls, atMost: 12, first: start.offset + (isDeadAfter ? 0 : 7))
                for call in calls {
                    try FileManager.default.removeItem(atPath: folder("trial"))
                    try FileManager.default.copyItem(atPath: folder("start"), toPath: folder("trial"))
                    let disk = FaultyDisk(below: folder("trial"), isDeadAfter: isDeadAfter) { number, _ in number == call }
                    let failure = await #expect(throws: Failure.self) {
                        try await disk.watched { try await scenario.run(folder("trial")) }
                    }
                    let hit = try #require(disk.hit?.name)
                    if failure?.message.contains("No space left on device") == true { refused += 1 }
                    try await scenario.expectRecovery(
                        folder("trial"), "call \(call)\(isDeadAfter ? " and all after it" : ""): \(hit)")
                }
            }
            print("faults", start, counting.calls, refused)
        }
    }
}
