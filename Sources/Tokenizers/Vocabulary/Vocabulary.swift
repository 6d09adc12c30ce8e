internal import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The tokens of a tokenizer, as its files write them, and their ids. There may be unused ids.
struct Vocabulary: ~Copyable, Sendable {
    struct Entry: BitwiseCopyable {
        let start: Int
        let length: Int32
        let id: Int32
    }

    private var texts = Buffer<UInt8>()
    private var entries = Buffer<Entry>()
    /// A hash table with open addressing: the upper half of a token's hash, and its index in `entries` plus one; 0 is a
    /// free slot.
    private var slots = Buffer<UInt64>()
    /// The indices in `entries`, sorted by id.
    private var byID = Buffer<UInt32>()

    /// The number of the model's own tokens. They are the first elements of `entries`; added tokens follow them.
    private var ofModel = 0

    init() {}

    var count: Int { entries.count }

    /// The length of the longest token in bytes.
    private(set) var longest = 0

    /// The largest id plus one; 0 without tokens.
    var idLimit: Int { byID.isEmpty ? 0 : Int(entries[Int(byID[byID.count - 1])].id) + 1 }

    /// Adds a token. After this, `finish` has to be called before any look-up.
    mutating func append(_ text: UnsafeBufferPointer<UInt8>, id: Int32) {
        entries.append(Entry(start: texts.count, length: Int32(text.count), id: id))
        texts.append(contentsOf: text)
        longest = max(longest, text.count)
    }

    /// Builds the tables for look-ups. The tokens that were added before the first call are the model's own. Those that
    /// are appended later are added tokens, which `modelID` does not find.
    ///
    /// - Throws: if two tokens have the same text or the same id.
    mutating func finish(name: String) throws(Failure) {
        if ofModel == 0 { ofModel = entries.count }
        try indexTexts(name)
        try indexIDs(name)
    }

    private mutating func indexTexts(_ name: String) throws(Failure) {
        var capacity = 1024
        while capacity < entries.count * 2 { capacity *= 2 }
        slots.removeAll()
        slots.reserve(capacity).initialize(repeating: 0, count: capacity)
        slots.advance(capacity)
        for place in 0..<entries.count {
            let text = text(at: place)
            let hash = hash64(UnsafeRawBufferPointer(text))
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while slots[slot] != 0 {
                let other = Int(UInt32(truncatingIfNeeded: slots[slot])) - 1
                if slots[slot] >> 32 == hash >> 32, isEqual(self.text(at: other), text) {
                    throw Failure("\(name): the token \(shown(text)) is in the vocabulary twice; restore the file")
                }
                slot = (slot + 1) & (capacity - 1)
            }
            slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(place + 1)
        }
    }

    private mutating func indexIDs(_ name: String) throws(Failure) {
        byID.removeAll()
        var isSorted = true
        for place in 0..<entries.count {
            if place > 0 && entries[place - 1].id >= entries[place].id { isSorted = false }
            byID.append(UInt32(place))
        }
        if !isSorted {
            let sorted = byID.elements.sorted { entries[Int($0)].id < entries[Int($1)].id }
            byID.removeAll()
            sorted.withUnsafeBufferPointer { byID.append(contentsOf: $0) }
        }
        for index in 1..<max(1, byID.count) {
            let (first, second) = (Int(byID[index - 1]), Int(byID[index]))
            if entries[first].id == entries[second].id {
                throw Failure(
                    "\(name): the tokens \(shown(text(at: first))) and \(shown(text(at: second))) have the same id, "
                        + "\(entries[first].id); restore the file")
            }
        }
    }

    private func text(at place: Int) -> UnsafeBufferPointer<UInt8> {
        let entry = entries[place]
        return texts.slice(entry.start..<entry.start + Int(entry.length))
    }

    /// The id of a token; nil if there is no such token.
    func id(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
        place(of: text).map { entries[$0].id }
    }

    /// The id of one of the model's own tokens; nil for an added token, or if there is no such token.
    func modelID(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
        place(of: text).flatMap { $0 < ofModel ? entries[$0].id : nil }
    }

    private func place(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        if slots.isEmpty { return nil }
        let hash = hash64(UnsafeRawBufferPointer(text))
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let place = Int(UInt32(truncatingIfNeeded: slots[slot])) - 1
            if slots[slot] >> 32 == hash >> 32, isEqual(self.text(at: place), text) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    func id(of text: String) -> Int32? {
        var text = text
        return text.withUTF8 { id(of: $0) }
    }

    /// The text of the token with this id; nil if no token has the id. It is valid as long as the vocabulary exists.
    func text(of id: Int32) -> UnsafeBufferPointer<UInt8>? {
        var low = 0
        var high = byID.count
        while low < high {
            let middle = (low + high) / 2
            if entries[Int(byID[middle])].id < id { low = middle + 1 } else { high = middle }
        }
        guard low < byID.count, entries[Int(byID[low])].id == id else { return nil }
        return text(at: Int(byID[low]))
    }
}

private func isEqual(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    a.count == b.count && (a.isEmpty || memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0)
}

/// A token for error messages: in quotes, and shortened if it is long.
func shown(_ token: some Collection<UInt8>) -> String {
    let most = 80
    return "\"" + String(decoding: token.prefix(most), as: UTF8.self) + (token.count > most ? "…" : "") + "\""
}
