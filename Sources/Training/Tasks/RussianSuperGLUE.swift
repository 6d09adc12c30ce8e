/// A task of the benchmark Russian SuperGLUE (Shavrina et al., "RussianSuperGLUE: A Russian Language Understanding
/// Evaluation Benchmark", 2020).
package enum RussianSuperGLUE: String, Sendable, CaseIterable {
    /// Whether a text follows from another one, contradicts it, or neither.
    case rcb = "RCB"
    /// Which of two sentences is the cause or the effect of a third one.
    case parus = "PARus"
    /// Which answers to questions about a text are right.
    case muserc = "MuSeRC"
    /// Whether a text follows from another one.
    case terra = "TERRa"
    /// Whether a word has the same meaning in two sentences.
    case russe = "RUSSE"
    /// Whether two spans of a text mean the same thing.
    case rwsd = "RWSD"
    /// Whether the answer to a question about a text is yes.
    case danetqa = "DaNetQA"

    /// How a label is written in the task's files.
    package enum Label: Sendable, Equatable {
        case name(String)
        case number(Int)
        case bool(Bool)
    }

    /// The labels, in the order of the numbers of the classes.
    package var labels: [Label] {
        switch self {
        case .rcb: [.name("entailment"), .name("contradiction"), .name("neutral")]
        case .terra: [.name("entailment"), .name("not_entailment")]
        case .parus, .muserc: [.number(0), .number(1)]
        case .russe, .rwsd, .danetqa: [.bool(false), .bool(true)]
        }
    }

    /// Whether an example has several sequences, of which one is chosen.
    var isChoice: Bool { self == .parus }

    /// The number of spans whose states the classifier reads, besides the whole sequence.
    var spans: Int { self == .russe || self == .rwsd ? 2 : 0 }

    /// The classifier of the task.
    var head: ModelHead { .classifier(parts: 1 + spans, outputs: isChoice ? 1 : labels.count) }
}
