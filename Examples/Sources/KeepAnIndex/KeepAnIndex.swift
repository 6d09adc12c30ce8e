import Dedup
import Foundation

/// Keeps an index in a folder, to which every process adds: `KeepAnIndex FOLDER TEXT...`
///
/// A text that an earlier process has added is a duplicate for a later one. Between two commits a process may be killed
/// at any moment; the folder then holds what the last commit wrote.
@main
struct KeepAnIndex {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let folder = arguments.first else {
            print("usage: KeepAnIndex FOLDER TEXT...")
            exit(2)
        }
        do {
            let deduplicator = try Deduplicator(folder: URL(fileURLWithPath: folder))
            print("the index has \(await deduplicator.count) documents")
            for text in arguments.dropFirst() {
                let number = await deduplicator.count
                switch try await deduplicator.add(text, id: "document \(number)") {
                case .kept: print("document \(number) is new")
                case .duplicate(let document, _):
                    print("document \(number) repeats \(document.id ?? "one without an id")")
                }
            }
            try await deduplicator.close()
        } catch {
            // For example: the folder is in use, or was made with other parameters.
            print("failed: \(error.message)")
            exit(1)
        }
    }
}
