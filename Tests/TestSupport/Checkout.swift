import Foundation

/// The checkout that the tests were built from.
package enum Checkout {
    package static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent()  // TestSupport
        .deletingLastPathComponent()  // Tests
        .deletingLastPathComponent().path

    /// The fixtures of a test target.
    package static func fixtures(_ target: String) -> String { folder + "/Tests/\(target)/Fixtures" }
}

/// Larger texts and models, which lie outside the repository: in the folder that DEDUP_SHARED names, else in `shared`
/// beside the checkout. Tests that need them are skipped where they are missing.
package enum Shared {
    package static let folder =
        ProcessInfo.processInfo.environment["DEDUP_SHARED"]
        ?? URL(fileURLWithPath: Checkout.folder).deletingLastPathComponent().path + "/shared"

    package static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + path) }

    /// The paths of a folder's items, ascending; none if there is no such folder.
    package static func items(_ path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + path)) ?? []
        return names.sorted().map { folder + "/" + path + "/" + $0 }
    }
}
