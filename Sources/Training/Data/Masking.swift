internal import Tokenizers

/// Chooses the tokens that a masked language model has to predict, and what it reads in their place (Devlin et al.,
/// "BERT", 2019).
///
/// Each token of the text is chosen with the probability `share`. Of ten chosen tokens, eight are replaced by the mask
/// token, one by a random token, and one stays as it is.
package struct Masking: Sendable {
    /// The probability that a token is chosen, 0...1.
    package let share: Double
    /// The id of the mask token.
    package let mask: Int32
    /// All ids of the vocabulary are below this.
    package let idLimit: Int
    /// The number of tokens that the tokenizer puts before a text and after it; they are never chosen.
    package let before: Int
    package let after: Int

    package init(share: Double, mask: Int32, idLimit: Int, before: Int, after: Int) {
        self.share = share
        self.mask = mask
        self.idLimit = idLimit
        self.before = before
        self.after = after
    }

    /// Masks a sequence in place. The choice depends on `key` and the sequence's length alone.
    ///
    /// - Returns: the index of each chosen token and its original id, in ascending order of the indices.
    package func apply(to ids: inout [Int32], key: UInt64) -> [(place: Int, label: Int32)] {
        var masked: [(place: Int, label: Int32)] = []
        var random = RandomNumbers(key: RandomNumbers.key(key, 0x6D61_736B))
        for place in before..<max(before, ids.count - after) where random.nextUnit() < share {
            masked.append((place, ids[place]))
            let fate = random.nextUnit()
            if fate < 0.8 {
                ids[place] = mask
            } else if fate < 0.9 {
                ids[place] = Int32(random.next(below: idLimit))
            }
        }
        return masked
    }
}
