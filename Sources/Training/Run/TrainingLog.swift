package import Basics
internal import JSON

/// The course of a training, as JSON lines: `{"step", "loss", "learning_rate", "gradient_norm", "tokens_per_second"}`
/// and `{"step", "held_out_loss", "held_out_accuracy"}`. Losses are in nats.
struct TrainingLog {
    static let name = "training.jsonl"
    private let path: String
    private var lines: [String] = []
    private(set) var curve = LossCurve()

    /// Goes on with a log, without what it says of steps after `step`.
    init(folder: String, upTo step: Int) throws(Failure) {
        path = folder + "/" + Self.name
        guard step > 0, let status = try File.status(at: path) else {
            try writeWhole(path, "")
            return
        }
        let file = try File(path, .read)
        var content = Buffer<UInt8>(capacity: Int(status.size))
        let size = Int(status.size)
        content.advance(try file.read(at: 0, into: .init(start: content.reserve(size), count: size)))
        for line in content.elements.split(separator: UInt8(ascii: "\n")) {
            // A line that was cut off says nothing.
            guard
                let root = try? JSONTree(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: line)), name: path).root,
                let number = root["step"]?.int, number <= step
            else { continue }
            lines.append(String(decoding: line, as: UTF8.self))
            if let loss = root["loss"]?.double { curve.training.append((number, loss)) }
            if let loss = root["held_out_loss"]?.double { curve.heldOut.append((number, loss)) }
        }
        try writeWhole(path, lines.map { $0 + "\n" }.joined())
    }

    mutating func append(step: Int, loss: Double, rate: Float, norm: Float, tokensPerSecond: Double) throws(Failure) {
        curve.training.append((step, loss))
        try append(
            "{\"step\":\(step),\"loss\":\(loss),\"learning_rate\":\(rate),\"gradient_norm\":\(norm),"
                + "\"tokens_per_second\":\(Int(tokensPerSecond))}")
    }

    mutating func append(step: Int, heldOut score: MaskedScore) throws(Failure) {
        curve.heldOut.append((step, score.meanLoss))
        try append(
            "{\"step\":\(step),\"held_out_loss\":\(score.meanLoss),\"held_out_accuracy\":\(score.accuracy)}")
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
