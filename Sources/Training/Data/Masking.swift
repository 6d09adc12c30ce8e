package import Tokenizers

/// Which tokens of a sequence are to be told, and what the model reads in their place: Devlin et al., "BERT", 2019.
///
/// Each token that is not one of those put around a text is chosen with the probability `share`; of ten chosen ones
/// eight are read as the mask, one as a random token and one as it is.
package struct Masking: Sendable {
    package let share: Double
    package let mask: Int32
    /// Ids are below it.
    package let idLimit: Int
    /// How many tokens stand before and after a text.
    package let before: Int
    package let after: Int

    package init(share: Double, mask: Int32, idLimit: Int, before: Int, after: Int) {
        self.share = share
        self.mask = mask
        self.idLimit = idLimit
        self.before = before
        self.after = after
    }

    /// Masks a sequence: what it becomes is a function of the key.
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
