/// The files that a shard's output can have.
package enum OutputFile: String, Hashable, Sendable, CaseIterable { case corpus, removed, bad }
