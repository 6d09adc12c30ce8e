internal import Basics
internal import Corpus
internal import DeBERTa
internal import Embedding
internal import QualityScoring

/// Writes the line of scores of a document from its vector and its statistics:
///
///     {"id":"a-1","quality":0.930412,"unscored":null,"out_of_domain":false,"intact":0.970000,"not_spam":0.959188}
///     {"id":"a-2","quality":null,"unscored":"too short","out_of_domain":null,"intact":null,"not_spam":null}
///
/// Scores are rounded to millionths. Histograms and filters use the rounded values, so that they agree with the file.
struct DocumentScorer: Sendable {
    /// Scores are multiples of 1 / `unit`.
    static let unit = 1_000_000

    /// The head, with the outputs that are computed.
    let head: Head
    let writesStatistics: Bool
    /// The text before each score, such as `,"intact":`.
    private let keys: [String]
    /// The scores of the outputs for a document or line without scores.
    private let nulls: String
    /// The text before each statistic.
    private let statisticKeys: [String]

    init(_ head: Head, writesStatistics: Bool) {
        self.head = head
        self.writesStatistics = writesStatistics
        keys = head.outputs.map { output in
            var key = Buffer<UInt8>()
            key.append(json: output.name)
            return "," + String(decoding: key.elements, as: UTF8.self) + ":"
        }
        nulls = ",\"out_of_domain\":null" + keys.map { $0 + "null" }.joined()
        statisticKeys = TextStatistics.all.enumerated().map { ($0 == 0 ? "\"" : ",\"") + $1.name + "\":" }
    }

    /// The scores of a document.
    struct Scores {
        /// The quality, from 0 to 1, in millionths.
        let quality: Int
        /// The score of each output, from 0 to 1, in millionths.
        let outputs: [Int]
        let isOutOfDomain: Bool
    }

    /// Appends the line of a document that has scores.
    ///
    /// - Returns: nil if a score is not a finite number.
    func append(
        _ id: DocumentID?, vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>,
        _ profile: TextProfile, to lines: inout Buffer<UInt8>
    ) -> Scores? {
        guard let found = scores(vector: vector, statistics: statistics, profile) else { return nil }
        begin(id, &lines)
        Self.append(found.quality, to: &lines)
        lines.append(",\"unscored\":null")
        lines.append(found.isOutOfDomain ? ",\"out_of_domain\":true" : ",\"out_of_domain\":false")
        for (key, score) in zip(keys, found.outputs) {
            lines.append(key)
            Self.append(score, to: &lines)
        }
        append(statistics, profile, to: &lines)
        lines.append("}\n")
        return found
    }

    /// Appends the line of a document that has no scores.
    func append(
        _ id: DocumentID?, _ reason: Unscored, statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile,
        to lines: inout Buffer<UInt8>
    ) {
        begin(id, &lines)
        lines.append("null,\"unscored\":\"\(reason.name)\"")
        lines.append(nulls)
        append(statistics, profile, to: &lines)
        lines.append("}\n")
    }

    /// Appends the line for a line that is not a document, because every line of the shard has a line in the scores
    /// file.
    func appendNulls(_ id: DocumentID?, to lines: inout Buffer<UInt8>) {
        begin(id, &lines)
        lines.append("null,\"unscored\":null")
        lines.append(nulls)
        lines.append(writesStatistics ? ",\"statistics\":null,\"profile\":null}\n" : "}\n")
    }

    private func begin(_ id: DocumentID?, _ lines: inout Buffer<UInt8>) {
        lines.append("{\"id\":")
        lines.append(json: id)
        lines.append(",\"quality\":")
    }

    /// Appends the statistics, and the profile on which it depends how much they count.
    private func append(
        _ statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile, to lines: inout Buffer<UInt8>
    ) {
        guard writesStatistics else { return }
        lines.append(",\"statistics\":{")
        for (key, value) in zip(statisticKeys, statistics) {
            lines.append(key)
            lines.append("\(value)")
        }
        lines.append("},\"profile\":{\"words\":\(profile.words),\"characters\":\(profile.characters)")
        lines.append(",\"sentences\":\(profile.sentences),\"script\":\"\(profile.script.name)\"")
        lines.append(",\"language\":\"\(profile.language.name)\"}")
    }

    /// Computes the scores of a document.
    ///
    /// - Returns: nil if a score is not a number.
    func scores(
        vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile
    ) -> Scores? {
        let found = head.scores(vector: vector, statistics: statistics, profile)
        guard found.quality.isFinite else { return nil }
        return Scores(
            quality: Self.rounded(found.quality), outputs: found.outputs.map(Self.rounded),
            isOutOfDomain: head.reasonOutside(vector: vector, profile) != nil)
    }

    private static func rounded(_ score: Double) -> Int { Int((score * Double(unit)).rounded()) }

    /// Appends a number of millionths in decimal notation, for example 0.930412.
    static func append(_ score: Int, to lines: inout Buffer<UInt8>) {
        let digits = String(score % unit)
        lines.append("\(score / unit).")
        for _ in digits.utf8.count..<6 { lines.append(UInt8(ascii: "0")) }
        lines.append(digits)
    }
}

/// Counts of lines and documents in a shard, and the histogram of their qualities.
struct ScoreCounts {
    var documents = 0
    var unscored = UnscoredCounts()
    var bad = 0
    var histogram = ScoreHistogram()
    /// The histogram of the documents that are out of domain.
    var outOfDomain = ScoreHistogram()

    static func += (sum: inout ScoreCounts, other: ScoreCounts) {
        sum.documents += other.documents
        sum.unscored += other.unscored
        sum.bad += other.bad
        sum.outOfDomain += other.outOfDomain
        sum.histogram += other.histogram
    }
}

extension DocumentScorer {
    /// Scores the documents of a batch.
    ///
    /// - Throws: if a score is not finite, because the vector has infinite numbers or NaN.
    package func score(_ input: VectoredDocuments) throws(Failure) -> ScoredDocuments {
        let (batch, analysis) = (input.batch, input.analysis)
        var lines = Buffer<UInt8>(capacity: batch.count * 96)
        var counts = ScoreCounts()
        var next = batch.raw.firstLine
        for document in 0..<batch.count {
            let line = batch.lineNumber(document)
            // Blank lines get a line too, so that line N of the scores file belongs to line N of the shard.
            for _ in next..<line { appendNulls(nil, to: &lines) }
            next = line + 1
            if batch.documents[document].fate == .badKept {
                appendNulls(batch.id(document), to: &lines)
                counts.bad += 1
                continue
            }
            counts.documents += 1
            let (statistics, profile) = (analysis.values(of: document), analysis.profiles[document])
            if let reason = profile.unscored {
                append(batch.id(document), reason, statistics: statistics, profile, to: &lines)
                counts.unscored[reason] += 1
                counts.histogram.addUnscored()
                continue
            }
            let scores = append(
                batch.id(document), vector: input.vector(of: document), statistics: statistics, profile, to: &lines)
            guard let scores else {
                throw Failure(
                    "\(batch.raw.shard.name), line \(line): the vector has NaN or infinity; try "
                        + Parameter.precision("f32"))
            }
            let quality = Double(scores.quality) / Double(Self.unit)
            counts.histogram.add(quality)
            if scores.isOutOfDomain { counts.outOfDomain.add(quality) }
        }
        // If a bad line ends the run, the lines after it were not read.
        let end = batch.raw.firstLine + batch.raw.lineCount
        if batch.failure == nil && next < end { for _ in next..<end { appendNulls(nil, to: &lines) } }
        return ScoredDocuments(batch, lines: lines, counts: counts)
    }
}
