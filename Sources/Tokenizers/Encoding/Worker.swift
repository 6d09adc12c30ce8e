package import Basics

extension Tokenizer {
    /// Tokenizes texts. Only one thread at a time may use a worker. It keeps a cache of the ids of pieces, 4 MiB.
    package final class Worker {
        private let tokenizer: Tokenizer
        private let special: SpecialTokens
        // Turns off Swift's run-time checks for overlapping accesses. This is safe, because only one thread at a time
        // uses a worker.
        @exclusivity(unchecked) private var encoder: PieceEncoder
        @exclusivity(unchecked) private var idsOfTexts = Buffer<Int32>()

        /// - Parameter special: how special tokens in a text are read.
        package init(_ tokenizer: Tokenizer, _ special: SpecialTokens = .plain) {
            self.tokenizer = tokenizer
            self.special = special
            encoder = PieceEncoder(tokenizer, special)
        }

        /// Appends the ids of a UTF-8 text, without the special ids that the post-processor adds.
        package func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout Buffer<Int32>) {
            _ = encode(text, into: &ids, limit: .max)
        }

        /// Appends the first `limit` ids of a text, or all if there are fewer, without the post-processor's special
        /// ids.
        ///
        /// - Returns: whether all ids were appended. If not, most of the remaining text was not read.
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

        /// The input of a model: the ids of a text or of a pair with the special ids around them, and the type of each
        /// id.
        package struct Encoding: Sendable {
            /// The token ids.
            package fileprivate(set) var ids: [Int32] = []
            /// The type of each id.
            package fileprivate(set) var typeIDs: [Int32] = []
            /// Whether tokens were left out because of the limit.
            package fileprivate(set) var isTruncated = false
        }

        /// Tokenizes one text, or a pair.
        ///
        /// - Parameters:
        ///   - limit: the maximum number of ids, special ids included. Tokens are left out at the end of the text. For
        ///     a pair, they are left out at the end of the longer text, and of both in turn once they are equally long
        ///     (Hugging Face's `longest_first`).
        ///   - addsSpecial: whether the post-processor's special ids are added.
        /// - Throws: a usage error if the limit is smaller than the number of special ids.
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
            // The buffer is moved out of the worker, because `encode` writes to it and has exclusive access to the
            // worker.
            var ids = Buffer<Int32>()
            swap(&ids, &idsOfTexts)
            ids.removeAll()
            defer { if ids.capacity <= 1 << 20 { swap(&ids, &idsOfTexts) } }
            // Both texts of a pair are encoded in full, because the number of tokens that are kept of each depends on
            // the lengths of both.
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

        /// The number of tokens of each text of a pair that are kept. The shorter text is cut only if it is longer than
        /// half of the room.
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
