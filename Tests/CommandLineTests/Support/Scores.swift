import Foundation
import TestSupport
import Testing

/// A line of a scores file; all properties are nil for a bad line, and all but the id and `unscored` for a document that
/// cannot be judged.
struct ScoreLine: Decodable, Equatable {
    var id: String?
    var quality, intact, notSpam: Double?
    var unscored: String?
    var outOfDomain: Bool?

    enum CodingKeys: String, CodingKey {
        case id, quality, intact, unscored
        case notSpam = "not_spam"
        case outOfDomain = "out_of_domain"
    }
}

/// The parts of scores.json that tests look at.
struct ScoresRecord: Decodable {
    struct Shard: Decodable {
        var name: String
        var documents, bad: Int
        var histogram: Histogram
    }
    struct Histogram: Decodable {
        var scores: [[Int]]
        var unscored: Int
    }
    var documents, bad, outOfDomain: Int
    var unscored: [String: Int]
    var head, model, precision: String
    var outputs: [String]
    var shards: [Shard]
}

/// A line of the list of documents that a filter left out.
struct FilteredLine: Decodable {
    var line: Int
    var id: String?
    var quality: Double?
    var reason: String
}

extension TemporaryFolder {
    func scores(_ shard: String, in corpus: String = "in") throws -> [ScoreLine] {
        try decodedText("\(corpus)/.dedup/scores/\(shard).jsonl.zst").split(separator: "\n")
            .map { try JSONDecoder().decode(ScoreLine.self, from: Data($0.utf8)) }
    }

    func scoresRecord(in corpus: String = "in") throws -> ScoresRecord {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ScoresRecord.self, from: Data(bytes(corpus + "/.dedup/scores/scores.json")))
    }

    /// Every file of a corpus's scores.
    func scoreFiles(in corpus: String = "in") throws -> [String: [UInt8]] {
        let folder = corpus + "/.dedup/scores"
        return Dictionary(uniqueKeysWithValues: try files(below: folder).map { ($0, try bytes(folder + "/" + $0)) })
    }

    func filtered(_ shard: String, _ out: String = "good") throws -> [FilteredLine] {
        let name = "\(out)/.dedup/removed/\(shard).jsonl.zst"
        return exists(name)
            ? try decodedText(name).split(separator: "\n")
                .map { try JSONDecoder().decode(FilteredLine.self, from: Data($0.utf8)) } : []
    }

    /// Writes a small model with a head of two outputs: `intact` separates words from numbers, and `not_spam`
    /// separates lower case from upper case.
    func writeScoringModel(to name: String = "model") throws {
        try TinyModel().write(to: self / name)
        try write(ScoringHead.json, to: name + "/head.json")
    }
}

/// A head that `dedup score train` made, once for all tests.
enum ScoringHead {
    static let json: String = {
        do {
            let folder = try TemporaryFolder()
            try TinyModel().write(to: folder / "model")
            try write(to: folder)
            for (name, bad) in [("intact", "digits.jsonl"), ("not_spam", "shouts.jsonl")] {
                let outcome = try scoreTrain(folder, "--bad", bad, "--name", name)
                guard outcome.code == 0 else { fatalError("no head: \(outcome.error)") }
            }
            return try folder.decodedText("head.json")
        } catch {
            fatalError("no head: \(error)")
        }
    }()

    /// Writes documents to train on.
    static func write(to folder: TemporaryFolder) throws {
        try folder.shard("good.jsonl", (0..<40).map { line("g\($0)", text($0, words: 4 + $0 % 9)) })
        try folder.shard("digits.jsonl", (0..<40).map { line("d\($0)", digits($0)) })
        try folder.shard("shouts.jsonl", (0..<40).map { line("s\($0)", shouts($0)) })
    }

    static func digits(_ seed: Int) -> String {
        // One letter is left of each word, because a text without letters has no scores.
        text(1000 + seed, words: 6).split(separator: " ").map { word in
            String(word.prefix(1)) + word.unicodeScalars.dropFirst().map { "\($0.value % 10)" }.joined()
        }.joined(separator: " ")
    }

    static func shouts(_ seed: Int) -> String { text(2000 + seed, words: 6).uppercased() + "!!!" }
}

/// Trains an output with the good documents of `ScoringHead`.
func scoreTrain(_ folder: TemporaryFolder, _ arguments: String...) throws -> Outcome {
    var all = ["score", "train"] + arguments
    if !arguments.contains("--good") { all += ["--good", "good.jsonl"] }
    if !arguments.contains("--out") { all += ["--out", "head.json"] }
    if !arguments.contains("--embeddings") { all += ["--model", "model", "--precision", "f32"] }
    return try dedup(all, in: folder.path)
}

/// Scores `in` with the model in `model`; arguments replace these defaults.
func score(_ folder: TemporaryFolder, _ arguments: String...) throws -> Outcome {
    var all = ["score"] + arguments
    if arguments.first?.hasPrefix("-") != false { all.insert("in", at: 1) }
    if !arguments.contains("--model") { all += ["--model", "model"] }
    if !arguments.contains("--precision") { all += ["--precision", "f32"] }
    return try dedup(all, in: folder.path)
}
