import Dedup
import Foundation
import Pipelines
import Reports
import Training

/// Shows the progress of a command on standard error. On a terminal, one line is redrawn in place; elsewhere, a new
/// line is written every ten seconds.
struct ProgressLine {
    /// Returns the content of the line, given the seconds since the start.
    private let text: @Sendable (_ seconds: Double) -> String
    private let start = ContinuousClock.now
    private let isInteractive = Terminal.isInteractive

    /// - Parameter embedding: the progress of the stage 'embed'; nil if nothing is embedded.
    init(_ progress: RunProgress, _ embedding: ShardProgress?) {
        text = { seconds in
            let own = Self.text(progress.values, seconds)
            guard let embedding else { return own }
            return own + "; vectors: " + Self.text(embedding.values, seconds)
        }
    }

    init(_ progress: ShardProgress) {
        text = { seconds in Self.text(progress.values, seconds) }
    }

    init(_ progress: TokenizerTrainingProgress) {
        text = { seconds in Self.text(progress.values, seconds) }
    }

    /// Runs a task and shows the progress line meanwhile. A signal cancels the task.
    ///
    /// - Parameter line: nil if no progress is shown.
    static func during<Outcome: Sendable>(
        _ line: ProgressLine?, _ work: @Sendable @escaping () async throws -> Outcome
    ) async throws -> Outcome {
        let interruption = Interruption()
        let task = Task { try await work() }
        interruption.cancels(task)
        let drawing = line.map { line in Task { await line.draw() } }
        let result = await task.result
        interruption.stop()
        drawing?.cancel()
        await drawing?.value
        return try result.get()
    }

    /// Draws the line until the task is cancelled.
    private func draw() async {
        // Without a terminal, the first line comes after ten seconds, so short runs have none.
        let interval = isInteractive ? Duration.milliseconds(200) : .seconds(10)
        while (try? await Task.sleep(for: interval)) != nil {
            let line = text(start.duration(to: .now) / .seconds(1))
            if isInteractive { Terminal.draw(line) } else { Terminal.note([line]) }
        }
        if isInteractive { Terminal.draw(nil) }
    }

    private static func text(_ values: RunProgress.Values, _ seconds: Double) -> String {
        let share = values.totalBytes > 0 ? Double(values.readBytes) / Double(values.totalBytes) : 0
        var parts = [
            String(format: "%.0f %%", share * 100),
            "\(values.documents.grouped) documents",
            String(format: "%.1f MB/s", Double(values.decodedBytes) / 1e6 / max(seconds, 0.001)),
        ]
        if values.documents > 0 {
            parts.append(String(format: "%.1f %% removed", Double(values.removed) / Double(values.documents) * 100))
        }
        if share > 0.001, share < 1 {
            parts.append("\(duration(seconds / share * (1 - share))) left")
        }
        return parts.joined(separator: ", ")
    }

    private static func text(_ values: ShardProgress.Values, _ seconds: Double) -> String {
        let share = values.share
        var parts = [
            String(format: "%.0f %%", share * 100),
            "\(values.documents.grouped) documents",
            String(format: "%.1f documents/s", Double(values.documents) / max(seconds, 0.001)),
        ]
        if values.tokens > 0 { parts.append("\(Int(Double(values.tokens) / max(seconds, 0.001)).grouped) tokens/s") }
        if share > 0.001, share < 1 {
            parts.append("\(duration(seconds / share * (1 - share))) left")
        }
        return parts.joined(separator: ", ")
    }

    private static func text(_ values: TokenizerTrainingProgress.Values, _ seconds: Double) -> String {
        if let tokens = values.tokens { return "\(tokens.grouped) of \(values.wantedTokens.grouped) tokens" }
        let share = values.totalBytes > 0 ? Double(values.readBytes) / Double(values.totalBytes) : 0
        return [
            String(format: "%.0f %%", share * 100),
            "\(values.documents.grouped) documents",
            String(format: "%.1f MB/s", Double(values.textBytes) / 1e6 / max(seconds, 0.001)),
        ].joined(separator: ", ")
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
