/// The files that a run can write for a shard: its kept lines, the list of removed documents, and its bad lines.
package enum OutputFile: String, Hashable, Sendable, CaseIterable { case corpus, removed, bad }
