package import Basics

extension Tokenizer {
    /// Tokenizes texts, one thread at a time: it keeps what it learned about words, in 4 MiB.
    package final class Worker {
        private let tokenizer: Tokenizer
        private let special: SpecialTokens
        // One thread at a time uses a worker, so that looking for overlapping accesses at run time would find none.
        @exclusivity(unchecked) private var encoder: PieceEncoder
        @exclusivity(unchecked) private var idsOfTexts = Buffer<Int32>()

        package init(_ tokenizer: Tokenizer, _ special: SpecialTokens = .plain) {
            self.tokenizer = tokenizer
            self.special = special
            encoder = PieceEncoder(tokenizer, special)
        }

        /// Appends the ids of a text, UTF-8, without what the post-processor adds.
        package func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout Buffer<Int32>) {
            _ = encode(text, into: &ids, limit: .max)
        }

        /// Appends ids of a text, without what the post-processor adds: all of them, or the first `limit`.
        ///
        /// - Returns: whether that was all; where not, the rest of the text was hardly looked at.
        package func encode(
            _ text: UnsafeBufferPointer<UInt8>, into ids: inout Buffer<Int32>, limit: Int
        ) -> Bool {
            let most = limit > .max - ids.count ? .max : ids.count + limit
            let isWhole: Bool
            let added = special == .split ? tokenizer.added : tokenizer.ordinary
            if added.tokens.isEmpty {
                isWhole = encoder.append(text, to: &ids, limit: most)
            } else {
                isWhole = added.split(
                    text,
                    text: { encoder.append($0, to: &ids, limit: most) },
                    token: {
                        if ids.count >= most { return false }
                        ids.append($0)
                        return true
                    })
            }
            if ids.count > most {
                ids.truncate(to: most)
                return false
            }
            return isWhole
        }

        /// What a model reads: the ids of one text or of two with what the post-processor adds, and their types.
        package struct Encoding: Sendable {
            package fileprivate(set) var ids: [Int32] = []
            /// As many as there are ids.
            package fileprivate(set) var typeIDs: [Int32] = []
            package fileprivate(set) var isTruncated = false
        }

        /// Tokenizes one text, or a pair.
        ///
        /// - Parameters:
        ///   - limit: ids at most, the added ones counted. Tokens are left out at the end; of a pair at the end of the
        ///     longer text, and of both in the end (Hugging Face's `longest_first`).
        ///   - addsSpecial: whether the post-processor's ids are added.
        /// - Throws: when the limit has no room for what is added.
        package func encoding(
            of first: UnsafeBufferPointer<UInt8>, and second: UnsafeBufferPointer<UInt8>? = nil,
            limit: Int? = nil, addsSpecial: Bool = true
        ) throws(Failure) -> Encoding {
            let template = second == nil ? tokenizer.template.single : tokenizer.template.pair
            let added = addsSpecial ? Template.specials(template).count : 0
            let room = limit.map { $0 - added } ?? .max
            if room < 0 {
                throw .usage("a limit of \(limit!) tokens has no room for the \(added) that are added to every text")
            }
            // Out of the worker while it is written to.
            var ids = Buffer<Int32>()
            swap(&ids, &idsOfTexts)
            ids.removeAll()
            defer { if ids.capacity <= 1 << 20 { swap(&ids, &idsOfTexts) } }
            // What is left of a pair depends on how long both are.
            var isWhole = encode(first, into: &ids, limit: second == nil ? room : .max)
            let middle = ids.count
            if let second { encode(second, into: &ids) }
            var counts = [middle, ids.count - middle]
            if second != nil && counts[0] + counts[1] > room {
                counts = Self.longestFirst(counts, room)
                isWhole = false
            }
            var encoding = Encoding()
            encoding.isTruncated = !isWhole
            for piece in template {
                switch piece {
                case .special(let specials, let type):
                    if addsSpecial { encoding.append(specials, type) }
                case .text(let text, let type):
                    let start = text == 0 ? 0 : middle
                    encoding.append(ids.slice(start..<start + counts[text]), type)
                }
            }
            return encoding
        }

        /// How many tokens of each text of a pair stay: the shorter one is cut only when half of the room is too
        /// little for it.
        static func longestFirst(_ counts: [Int], _ room: Int) -> [Int] {
            let isSwapped = counts[0] > counts[1]
            let (least, most) = isSwapped ? (counts[1], counts[0]) : (counts[0], counts[1])
            var short = least
            var long = least > room ? least : min(most, max(least, room - least))
            if short + long > room {
                short = room / 2
                long = short + room % 2
            }
            return isSwapped ? [long, short] : [short, long]
        }
    }
}

extension Tokenizer.Worker.Encoding {
    fileprivate mutating func append(_ more: some Collection<Int32>, _ type: Int32) {
        ids += more
        typeIDs += repeatElement(type, count: more.count)
    }
}
