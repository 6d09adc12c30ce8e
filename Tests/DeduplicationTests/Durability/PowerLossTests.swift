import Basics
import Foundation
import TestSupport
import Testing

@testable import OutputStore

extension DurabilityTests {
    /// Power may be lost at any moment: what had been synced is enough for the next run.
    @Suite
    struct PowerLoss {
        @Test(arguments: Scenario.works)
        func aRunAfterAnyLossOfPowerEndsAsUsual(start: Scenario.Start, work: Scenario.Work) async throws {
            let scenario = try await Scenario()
            let folder = scenario.folder
            try await scenario.prepare(start, in: folder / "run")
            var model = try DiskModel(of: folder / "run", leavingOut: DiskRecorder.isOther)
            let recorder = DiskRecorder(below: folder / "run")
            try await recorder.recorded { try await scenario.work(work, in: folder / "run") }
            let calls = recorder.calls
            #expect(calls.count > (work == .run ? 100 : 10))

            var random = SeededGenerator(seed: 72)
            let sample = Set(DurabilityTests.sample(0..<calls.count + 1, atMost: 6, first: start.offset))
            var commits = 0
            var previous: DiskRecorder.Catalog?
            for number in 0...calls.count {
                let call = number < calls.count ? calls[number].call.name : "the end"
                let catalog = number < calls.count ? calls[number].catalog : recorder.lastCatalog
                var catalogs = sample.contains(number) ? [catalog] : []
                // If a commit took place between two calls, a loss of power before it is tested, too.
                if let previous, previous != catalog {
                    commits += 1
                    if DurabilityTests.isExhaustive || commits % 6 == 0 { catalogs.append(previous) }
                }
                for (catalog, loss) in catalogs.flatMap({ catalog in DiskModel.Loss.allCases.map { (catalog, $0) } }) {
                    let trial = folder / "trial"
                    try FileManager.default.createDirectory(atPath: trial, withIntermediateDirectories: false)
                    try model.write(to: trial, loss, &random)
                    try catalog.write(below: trial)
                    let what = "\(start), \(loss) is lost before call \(number): \(call)"
                    try await scenario.expectRecovery(trial, what)
                    try FileManager.default.removeItem(atPath: trial)
                }
                if number < calls.count { model.make(calls[number].call) }
                previous = catalog
            }
            #expect(commits > (work == .run ? 10 : 1))
            #expect(try model.isTrue(leavingOut: DiskRecorder.isOther))
        }
    }

    /// Records the calls below a folder, and the catalog of the output in it at each.
    private final class DiskRecorder: Sendable {
        /// SQLite's files, which it writes itself.
        struct Catalog: Equatable {
            private static let names = ["catalog.sqlite", "catalog.sqlite-wal"]

            private var files: [String: Data] = [:]

            init(below folder: String) {
                for name in Self.names { files[name] = FileManager.default.contents(atPath: Self.path(name, folder)) }
            }

            static func path(_ name: String, _ folder: String) -> String { folder + "/out/.dedup/" + name }

            static func owns(_ path: String) -> Bool { names.contains { path.hasSuffix("/.dedup/" + $0) } }

            func write(below folder: String) throws {
                for (name, bytes) in files { try bytes.write(to: URL(fileURLWithPath: Self.path(name, folder))) }
            }
        }

        /// Whether a file is written without the recorded calls.
        static func isOther(_ path: String) -> Bool { Catalog.owns(path) || path.hasSuffix("/.dedup/lock") }

        private let folder: String
        private let recorded = Locked<[(call: Disk.Call, catalog: Catalog)]>([])

        init(below folder: String) { self.folder = folder }

        var calls: [(call: Disk.Call, catalog: Catalog)] { recorded.withLock { $0 } }
        var lastCatalog: Catalog { Catalog(below: folder) }

        func recorded(_ body: () async throws -> Void) async throws {
            Disk.watch { [self] call in
                guard call.path == folder || call.path.hasPrefix(folder + "/") else { return nil }
                recorded.withLock { recorded in
                    let catalog = Catalog(below: folder)
                    // A catalog that has not changed is stored only once.
                    let last = recorded.last?.catalog
                    recorded.append((call, last == catalog ? last! : catalog))
                }
                return nil
            }
            defer { Disk.watch(nil) }
            try await body()
        }
    }
}

extension DurabilityTests.Scenario.Start {
    /// A different offset for each start, so that tests of every n-th call test different calls.
    var offset: Int { Self.allCases.firstIndex(of: self)! * 5 }
}
