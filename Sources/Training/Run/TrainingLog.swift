internal import Basics
internal import JSON

/// The log of a training, in JSON Lines. Losses are in nats.
///
/// A line for training steps has the fields `step`, `loss` (of masked tokens), `learning_rate`, `gradient_norm` and
/// `tokens_per_second`. A line for an evaluation has `step`, `held_out_loss` and `held_out_accuracy`.
///
/// A distillation adds `teacher_loss`, the cross-entropy to the teacher's distributions; its first line has the
/// teacher's own `teacher_held_out_loss` and `teacher_held_out_accuracy`. A contrastive training adds
/// `contrastive_loss` and, for evaluations, `held_out_contrastive_loss` and `held_out_contrastive_accuracy`.
///
/// A training with a teacher's vectors adds `vector_loss`, which is the weighted sum of all terms except the masked
/// tokens' loss, `cosine` (to the teacher's vectors), `similarity_loss`, `contrast_loss` and `contrast_accuracy` (of the
/// search for the teacher's vector), `pair_loss` and `pair_accuracy` (of the search for the partner); for evaluations,
/// each name begins with `held_out_`.
struct TrainingLog {
    static let name = "training.jsonl"
    private let path: String
    private var lines: [String] = []
    private(set) var curve: LossCurve
    /// The name of the field that the curve shows.
    private let loss: String

    /// Opens the log in `folder`, and removes its lines for steps after `step`: they were logged but not saved, and are
    /// trained again.
    init(folder: String, objective: Objective, upTo step: Int) throws(Failure) {
        path = folder + "/" + Self.name
        switch objective {
        case .contrastive:
            loss = "contrastive_loss"
            curve = LossCurve(name: "contrastive loss")
        case .vectors:
            loss = "vector_loss"
            curve = LossCurve(name: "loss of vectors")
        case .maskedLM, .distillation:
            loss = "loss"
            curve = LossCurve(name: "loss of masked tokens")
        }
        guard step > 0, try File.status(at: path) != nil else {
            try writeWhole(path, "")
            return
        }
        for line in try File.whole(path, remedy: "remove it").split(separator: UInt8(ascii: "\n")) {
            // A line that was cut off when an earlier process ended is skipped.
            guard let root = line.withUnsafeBytes({ try? JSONTree($0, name: path).root }),
                let number = root["step"]?.int, number <= step
            else { continue }
            lines.append(String(decoding: line, as: UTF8.self))
            if let loss = root[self.loss]?.double { curve.training.append((number, loss)) }
            if let loss = root["held_out_" + self.loss]?.double { curve.heldOut.append((number, loss)) }
        }
        try writeWhole(path, lines.map { $0 + "\n" }.joined())
    }

    mutating func append(
        step: Int, score: Trainer.Score, rate: Float, norm: Float, tokensPerSecond: Double
    ) throws(Failure) {
        let fields = Self.fields(score)
        for (name, value) in fields where name == loss { curve.training.append((step, value)) }
        try append(
            [("step", "\(step)")] + fields.map { ($0, "\($1)") } + [
                ("learning_rate", "\(rate)"), ("gradient_norm", "\(norm)"),
                ("tokens_per_second", "\(Int(tokensPerSecond))"),
            ])
    }

    mutating func append(step: Int, heldOut score: Trainer.Score) throws(Failure) {
        let fields = Self.fields(score, withAccuracy: true)
        for (name, value) in fields where name == loss { curve.heldOut.append((step, value)) }
        try append([("step", "\(step)")] + fields.map { ("held_out_" + $0, "\($1)") })
    }

    /// Appends the teacher's result on the held-out sequences. Only for a distillation.
    mutating func append(teacher score: Trainer.Score) throws(Failure) {
        try append(
            [("step", "0")] + Self.fields(score, withAccuracy: true).map { ("teacher_held_out_" + $0, "\($1)") })
    }

    private static func fields(_ score: Trainer.Score, withAccuracy: Bool = false) -> [(String, Double)] {
        var fields: [(String, Double)] = []
        if score.pairs.examples > 0 {
            fields += [("contrastive_loss", score.pairs.meanLoss), ("contrastive_accuracy", score.pairs.accuracy)]
        }
        let vectors = score.vectors
        if vectors.documents > 0 {
            fields += [
                ("vector_loss", vectors.meanLoss), ("cosine", vectors.meanCosine),
                ("similarity_loss", vectors.meanSimilarityLoss), ("contrast_loss", vectors.contrast.meanLoss),
                ("contrast_accuracy", vectors.contrast.accuracy),
            ]
        }
        if vectors.pairs.examples > 0 {
            fields += [("pair_loss", vectors.pairs.meanLoss), ("pair_accuracy", vectors.pairs.accuracy)]
        }
        if score.masked.tokens > 0 {
            fields.append(("loss", score.masked.meanLoss))
            if withAccuracy { fields.append(("accuracy", score.masked.accuracy)) }
        }
        if score.masked.teacherLoss > 0 { fields.append(("teacher_loss", score.masked.meanTeacherLoss)) }
        return fields
    }

    private mutating func append(_ fields: [(String, String)]) throws(Failure) {
        try append("{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
    }

    private mutating func append(_ line: String) throws(Failure) {
        let file = try File(path, .update)
        let bytes = Array((line + "\n").utf8)
        let end = try file.status().size
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(Failure) in try file.write(bytes, at: end) }
        }
        try result.get()
    }
}
