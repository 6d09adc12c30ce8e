import Dedup
import Foundation

/// Removes the duplicates from a corpus on disk and shows how far it is: `RunACorpus INPUT OUTPUT`
///
/// Run it again after shards were added to the input: only these are read.
@main
struct RunACorpus {
    static func main() async throws {
        guard CommandLine.arguments.count == 3 else {
            print("usage: RunACorpus INPUT OUTPUT")
            exit(2)
        }
        let (input, output) = (CommandLine.arguments[1], CommandLine.arguments[2])
        let run = CorpusRun(inputs: [URL(fileURLWithPath: input)], output: URL(fileURLWithPath: output))
        do {
            let report = try await run.run { progress in
                let line = "\(progress.finishedShards) of \(progress.shards) shards, \(progress.documents) documents\n"
                FileHandle.standardError.write(Data(line.utf8))
            }
            print("\(report.run.shardsWritten) shards were read, \(report.run.shardsDoneBefore) were done before")
            for shard in report.shards {
                print("\(shard.name): \(shard.counts.kept) kept, \(shard.counts.removed) removed")
            }
            print("the output has \(report.counts.kept) of \(report.counts.documents) documents")
        } catch {
            print("failed: \(error.message)")
            exit(1)
        }
    }
}
