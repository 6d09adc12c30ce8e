internal import Basics
internal import QualityScoring

/// Which documents a filter keeps.
package struct DocumentChoice: Sendable, Equatable {
    /// How the threshold of quality is chosen.
    package enum Least: Sendable, Equatable {
        /// Keeps the documents of this quality or above.
        case minQuality(Double)
        /// Keeps this percentage of the documents that are judged by their quality: the best ones, and all that are as
        /// good as the last of them.
        case topPercent(Double)

        /// The threshold in the notation of the command line.
        package var description: String {
            switch self {
            case .minQuality(let quality): "min-quality \(Self.short(quality))"
            case .topPercent(let percent): "top-percent \(Self.short(percent))"
            }
        }

        /// Writes a number without a trailing `.0`.
        static func short(_ number: Double) -> String {
            let text = "\(number)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
    }

    /// What a filter does with documents that have no scores.
    package enum UnscoredDocuments: String, Sendable, CaseIterable {
        case keep, remove
    }

    /// What a filter does with documents that are out of domain: it keeps or removes them whatever their quality, or
    /// judges them by their quality like all others.
    package enum OutOfDomainDocuments: String, Sendable, CaseIterable {
        case keep, remove, score
    }

    /// The threshold for documents that are judged by their quality.
    package var least: Least
    package var unscored = UnscoredDocuments.remove
    package var outOfDomain = OutOfDomainDocuments.score

    package init(_ least: Least) {
        self.least = least
    }

    /// The choice as filter.json records it, for example `min-quality 0.5, unscored keep`. Defaults are left out.
    package var description: String {
        var text = least.description
        if unscored != .remove { text += ", unscored \(unscored.rawValue)" }
        if outOfDomain != .score { text += ", out-of-domain \(outOfDomain.rawValue)" }
        return text
    }

    /// What a filter does with a document.
    enum Verdict: Equatable {
        case keep
        /// The document is removed whatever its quality, for this reason.
        case remove(String)
        /// The quality decides.
        case judge
    }

    func verdict(unscored reason: Unscored?, isOutOfDomain: Bool) -> Verdict {
        if let reason { return unscored == .keep ? .keep : .remove("unscored: \(reason.name)") }
        guard isOutOfDomain else { return .judge }
        return switch outOfDomain {
        case .keep: .keep
        case .remove: .remove("out of domain")
        case .score: .judge
        }
    }
}
