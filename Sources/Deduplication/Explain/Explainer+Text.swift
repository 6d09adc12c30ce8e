internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import OutputStore
package import Reports
internal import Shingling

extension Explainer {
    /// How an explanation is formatted.
    package struct Form: Sendable {
        /// How words are marked: with colors or with brackets.
        package var style: MarkedText.Style
        /// Whether long texts are shown in full.
        package var isWhole: Bool

        package init(style: MarkedText.Style, isWhole: Bool) {
            self.style = style
            self.isWhole = isWhole
        }
    }

    /// Explains why a document was removed, or says that it was not. Returns lines for a person to read.
    ///
    /// - Parameter reference: the document's id, or `shard:line`.
    /// - Throws: `AmbiguousDocument` if several documents have the id; a `Failure` if no document has it.
    package func explanation(of reference: String, _ form: Form) throws -> String {
        let subject = try self.subject(reference)
        guard case .removed(let removal, let text) = subject.finding else { return fate(of: subject) }
        let twin = try twinText(of: removal)
        let overlap = Overlap(intersection: removal.intersection, union: removal.union)
        let twinPlace = Self.twinName(removal)
        var facts = [("twin", twinPlace), ("similarity", similarity(overlap))]
        if let banding = rule.banding {
            facts.append(("bands", Self.bands(removal.bands, of: banding.bands)))
            facts.append(("found", Self.found(banding.detectionProbability(jaccard: overlap.jaccard))))
        }
        let which =
            removal.against == nil ? "that was kept before it" : "of another output, given with \(Parameter.against)"
        var lines = "\(name(subject)) was removed: it duplicates a document \(which).\n\n"
        lines += Self.table(facts)
        guard let text, let twinText = twin.text else {
            return lines + "\n" + missingTexts(subject, text, twin: twinPlace, twin.whyNot)
        }
        let comparison = Comparison(text, twinText, rule)
        if comparison.overlap != overlap {
            lines +=
                "\nThe texts that are there now share \(similarity(comparison.overlap)): other ones than were compared.\n"
        }
        return lines + "\n"
            + texts([("removed", name(subject), comparison.first), ("twin", twinPlace, comparison.second)], form)
    }

    /// Compares two documents and says whether the rule removes the later one. Returns lines for a person to read.
    ///
    /// - Throws: the errors of `explanation(of:_:)`; a `Failure` if a text cannot be read.
    package func comparison(of first: String, _ second: String, _ form: Form) throws -> String {
        let subjects = try [subject(first), subject(second)].sorted { $0.position < $1.position }
        let read = try subjects.map { subject in
            guard let text = subject.finding.text else {
                throw Failure(
                    "\(subject.position): its text cannot be read: "
                        + (subject.whyNoOriginal ?? "the line is not a document that was compared"))
            }
            return text
        }
        let comparison = Comparison(read[0], read[1], rule)
        var facts = [
            ("earlier", "\(name(subjects[0])), \(Self.word(subjects[0].finding))"),
            ("later", "\(name(subjects[1])), \(Self.word(subjects[1].finding))"),
            ("similarity", similarity(comparison.overlap)),
        ]
        if let banding = rule.banding { facts.append(("bands", Self.bands(comparison.bands, of: banding.bands))) }
        if let probability = comparison.probability {
            facts.append(("found", Self.found(probability)))
        }
        return Self.table(facts) + "\n" + verdict(comparison, subjects) + "\n\n"
            + texts(
                [
                    ("earlier", name(subjects[0]), comparison.first), ("later", name(subjects[1]), comparison.second),
                ], form)
    }

    // MARK: Sentences

    private func verdict(_ comparison: Comparison, _ subjects: [Subject]) -> String {
        guard let match = rule.match else { return "Nothing is removed: the pipeline does not compare documents." }
        if subjects[0].position == subjects[1].position { return "Both are the same document." }
        if !comparison.isMatch {
            switch match {
            case .exact: return "The rule does not remove the later one: their words are not the same."
            case .jaccard(let threshold):
                return "The rule does not remove the later one: their similarity is not above \(threshold)."
            }
        }
        if !comparison.isCandidate {
            return "The rule would remove the later one, but they share no band, so that they are not compared: more "
                + "bands, or fewer rows, find more (see 'dedup curve')."
        }
        if case .removed = subjects[0].finding {
            return "The rule does not remove the later one for this: the earlier one was removed itself, and only "
                + "documents that are kept have duplicates."
        }
        return "The rule removes the later one: they share a band, and "
            + (match == .exact ? "their words are the same." : "their similarity is above the threshold.")
    }

    private func fate(of subject: Subject) -> String {
        switch subject.finding {
        case .removed, .beyondEnd: ""
        case .kept:
            "\(name(subject)) was kept"
                + (rule.match == nil ? ": the pipeline does not compare documents.\n" : keptReason)
        case .dropped(_, let reason): "\(name(subject)) was dropped: \(reason).\n"
        case .bad(let reason): "\(name(subject)) is not a document: \(reason.visible()).\n"
        case .blank: "\(name(subject)) is a blank line.\n"
        case .unknown:
            "\(name(subject)) was not removed. It was kept, unless it was dropped or is blank, which only the input "
                + "shows: \((subject.whyNoOriginal ?? "").visible()).\n"
        }
    }

    private var keptReason: String {
        switch rule.match {
        case .jaccard(let threshold):
            ": no document kept before it both shares a band with it and has a similarity above \(threshold).\n"
        case .exact, nil: ": no document kept before it has the same words.\n"
        }
    }

    private func missingTexts(_ subject: Subject, _ text: String?, twin: String, _ whyNoTwin: String) -> String {
        // The texts of removed documents are only in the inputs.
        if text == nil {
            return "The texts cannot be compared: \((subject.whyNoOriginal ?? "the input has changed").visible()).\n"
        }
        return "The texts cannot be compared: that of \(twin) cannot be read: \(whyNoTwin.visible()).\n"
    }

    private func similarity(_ overlap: Overlap) -> String {
        if rule.match == .exact { return overlap.intersection > 0 ? "the same words" : "other words" }
        let unit = rule.size == 1 ? rule.unit.rawValue : "\(rule.size) \(rule.unit.rawValue)s"
        let threshold: String =
            if case .jaccard(let above) = rule.match {
                " (removed above \(above))"
            } else {
                ""
            }
        return "\(overlap.jaccard.fixed(4))\(threshold): "
            + "\(overlap.intersection.grouped) of \(overlap.union.counted("shingle")) of \(unit) are in both"
    }

    private static func found(_ probability: Double) -> String {
        "\(probability.percent) of the pairs of this similarity share a band"
    }

    private static func bands(_ shared: [Int], of bands: Int) -> String {
        "\(shared.count) of \(bands) shared" + (shared.isEmpty ? "" : ": ")
            + shared.map(String.init).joined(separator: ", ")
    }

    private static func word(_ finding: ShardLookup.Finding) -> String {
        if case .removed(let removal, _) = finding {
            return "removed as a duplicate of \(twinName(removal))"
        }
        return "kept"
    }

    private func name(_ subject: Subject) -> String { Self.name(subject.position.description, subject.finding.id) }

    private static func name(_ place: String, _ id: DocumentID?) -> String {
        (place + (id.map { " (id \($0.name))" } ?? "")).visible()
    }

    private static func twinName(_ removal: ListedRemoval) -> String {
        name("\(removal.twinShard):\(removal.twinLine)", removal.twinID)
            + (removal.against.map { " in the output \($0.visible())" } ?? "")
    }

    private static func table(_ facts: [(name: String, value: String)]) -> String {
        let width = facts.map(\.name.count).max() ?? 0
        return facts.map { fact in
            "  " + fact.name + String(repeating: " ", count: width - fact.name.count + 2) + fact.value + "\n"
        }.joined()
    }

    private func texts(_ texts: [(role: String, name: String, text: MarkedText)], _ form: Form) -> String {
        let bodies = texts.map { entry in
            "\(entry.role), \(entry.name)\n\(entry.text.text(form.style, isWhole: form.isWhole))"
        }
        return form.style.legend + "\n\n" + bodies.joined(separator: "\n")
    }
}

extension Overlap {
    fileprivate var jaccard: Double { union > 0 ? Double(intersection) / Double(union) : 0 }
}
