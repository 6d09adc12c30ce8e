/// The options of the stage 'score' of a definition.
package struct ScoreStageOptions: Sendable {
    /// The head's file; nil: that of the model.
    package var head: String?
    /// Names of the outputs that are asked for; empty: all of the head's.
    package var outputs: [String] = []
    /// Documents below are left out of the filtered corpus; nil where there is none.
    package var minQuality: Double?
}
