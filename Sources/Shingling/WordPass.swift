internal import Basics
internal import CWords

/// One pass over a text: decodes, classifies, lower-cases and writes its words all at once.
///
/// This loop sees every byte of a corpus, so it goes through raw pointers, to room that `WordSplitter` made for the
/// longest possible outcome. Where the CPU can, a kernel takes common scripts by blocks of 64 bytes and leaves the
/// rest; otherwise input goes in chunks of 8 bytes. Within a chunk of scalars of one or two bytes there is no branch:
/// where words end is what branch prediction cannot know.
struct WordPass {
    private let text: UnsafePointer<UInt8>
    private let count: Int
    private let tables: ScalarTables
    private let kernel: WordKernel?
    private let unsafe: UInt16
    /// The bits of a short scalar's entry that ask for the long way.
    private let shortStop: UInt32
    private var index = 0
    private var output: WordOutput

    init(
        _ text: UnsafeBufferPointer<UInt8>, _ form: Normalization, _ tables: ScalarTables, _ kernel: WordKernel?,
        _ list: borrowing WordList
    ) {
        count = text.count
        // An empty text may have no address; nothing is read from it.
        self.text = text.baseAddress ?? UnsafePointer(list.bytes.base)
        self.tables = tables
        self.kernel = kernel
        unsafe = form.unsafe
        shortStop = form.shortStop
        output = WordOutput(list)
    }

    /// Where the words end in the list's bytes.
    var end: Int { output.end }
    /// How many starts the list has, with this text's.
    var startCount: Int { output.startCount }

    /// False as soon as the text turns out not to be in the normal form.
    @inline(never)
    mutating func run() -> Bool {
        let tops: UInt64 = 0x8080_8080_8080_8080
        // What lies before this index goes the long way, scalar by scalar.
        var longWay = 0
        // The kernel is asked again from here on: where it takes little at a time, asking costs more than it gives.
        var kernelWay = kernel == nil ? count : 0
        while index < count {
            if index >= kernelWay, output.run <= WordOutput.word, let kernel {
                let taken = output.append(text + index, count - index, kernel)
                index &+= taken
                if taken < 16 { kernelWay = index &+ 64 }
                if taken > 0 { continue }
            }
            if index >= longWay && index <= count - 8 && output.run <= WordOutput.word {
                let chunk = UInt64(littleEndian: UnsafeRawPointer(text + index).loadUnaligned(as: UInt64.self))
                if chunk & tops == 0 {
                    var rest = chunk
                    for _ in 0..<8 {
                        output.append(short: tables.short[Int(rest & 0xFF)])
                        rest >>= 8
                    }
                    index &+= 8
                    continue
                }
                // Leads of three or four bytes: those with the three top bits set. A shift by one or two takes bits
                // of the byte below to the bottom of a byte only.
                let longLeads = chunk & (chunk << 1) & (chunk << 2) & tops
                if longLeads != 0 {
                    longWay = index &+ longLeads.trailingZeroBitCount / 8 &+ 1
                } else if shortChunk(chunk) {
                    continue
                }
            }
            guard step() else { return false }
        }
        output.finish()
        return true
    }

    /// Takes the first four scalars of a chunk of scalars of one or two bytes; does nothing and returns false when
    /// one of them asks for the long way.
    @inline(__always)
    private mutating func shortChunk(_ chunk: UInt64) -> Bool {
        var rest = chunk
        var attempt = output
        var length = 0
        var flags: UInt32 = 0
        for _ in 0..<4 {
            let isTwo = (rest >> 7) & 1
            let one = rest & 0x7F
            let two = (rest & 0x1F) << 6 | (rest >> 8) & 0x3F
            // A mask, because a conditional move is all too easily turned into a branch.
            let entry = tables.short[Int(one ^ ((one ^ two) & (0 &- isTwo)))]
            flags |= entry
            attempt.append(short: entry)
            rest = rest &>> (8 &+ isTwo &* 8)
            length &+= 1 &+ Int(isTwo)
        }
        guard flags & shortStop == 0 else { return false }
        output = attempt
        index &+= length
        return true
    }

    /// Takes one scalar of any kind; false when the text turns out not to be in the normal form.
    @inline(__always)
    private mutating func step() -> Bool {
        let (scalar, length) = UTF8Code.decode(text + index)
        if scalar < 0x800 && output.run <= WordOutput.word {
            let entry = tables.short[Int(scalar)]
            if entry & shortStop == 0 {
                output.append(short: entry)
                index += length
                return true
            }
        }
        let properties = tables[scalar]
        if properties.has(unsafe) || (properties.combiningClass != 0 && unsafe != 0 && !isInOrder(properties)) {
            return false
        }
        switch properties.wordClass {
        case WordClass.base: output.beginBase()
        case WordClass.unspaced: output.beginUnspaced()
        case WordClass.mark: output.beginMark()
        case WordClass.ignored:
            index += length
            return true
        default:
            output.endRun()
            index += length
            return true
        }
        if properties.has(ScalarProperties.hasLowercase) {
            for lower in ScalarMapping.lowercase(scalar) { output.append(scalar: lower) }
        } else {
            output.append(text + index, length)
        }
        index += length
        return true
    }

    /// Whether a mark has a combining class not below that of the scalar before it.
    private func isInOrder(_ mark: ScalarProperties) -> Bool {
        if index == 0 { return true }
        let previous = UTF8Code.decode(text + UTF8Code.previous(text, index)).scalar
        return tables[previous].combiningClass <= mark.combiningClass
    }
}

/// The words being written: the run of scalars at the end, and where words start.
private struct WordOutput {
    /// What the run at the end is.
    static let nothing = 0
    static let word = 1
    /// Marks without a letter or number so far.
    static let marks = 2
    /// A scalar of an unspaced script with its marks.
    static let unspaced = 3

    private let bytes: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<UInt32>
    private(set) var end: Int
    private(set) var startCount: Int
    private(set) var run = nothing

    init(_ list: borrowing WordList) {
        bytes = list.bytes.base
        starts = list.starts.base
        end = list.bytes.count
        startCount = list.starts.count + 1
        starts[startCount - 1] = UInt32(truncatingIfNeeded: end)
    }

    /// Appends a scalar of one or two bytes to nothing or to a word, or ends the word, by its table entry.
    ///
    /// The stores past the end are void until the counts go past them, which is what spares the branches.
    @inline(__always)
    mutating func append(short entry: UInt32) {
        let lowered = UInt16(truncatingIfNeeded: entry).littleEndian
        UnsafeMutableRawPointer(bytes + end).storeBytes(of: lowered, as: UInt16.self)
        let isBase = Int(truncatingIfNeeded: (entry >> 18) & 1)
        let ends = run & ~isBase
        end &+= Int(truncatingIfNeeded: (entry >> 16) & 3) &+ ends
        starts[startCount] = UInt32(truncatingIfNeeded: end)
        startCount &+= ends
        run = isBase
    }

    /// Appends what the kernel takes of a text after nothing or a word, and returns how much that was.
    mutating func append(_ text: UnsafePointer<UInt8>, _ count: Int, _ kernel: WordKernel) -> Int {
        var words = dedup_words(
            end: bytes + end, offset: UInt32(truncatingIfNeeded: end), starts: starts + startCount,
            in_word: run == Self.word)
        let taken = dedup_words_append(kernel.tables, text, count, &words)
        end = bytes.distance(to: words.end)
        startCount = starts.distance(to: words.starts)
        run = words.in_word ? Self.word : Self.nothing
        return taken
    }

    @inline(__always)
    mutating func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
        // Byte by byte: a call of memcpy costs more than two to four bytes do.
        for offset in 0..<length { bytes[end &+ offset] = source[offset] }
        end &+= length
    }

    mutating func append(scalar: UInt32) {
        end += UTF8Code.encode(scalar, bytes + end)
    }

    /// Ends the run before what separates words.
    @inline(__always)
    mutating func endRun() {
        if run == Self.marks {
            end = Int(starts[startCount - 1])
        } else if run != Self.nothing {
            bytes[end] = UInt8(ascii: " ")
            end &+= 1
            starts[startCount] = UInt32(truncatingIfNeeded: end)
            startCount &+= 1
        }
        run = Self.nothing
    }

    @inline(__always)
    mutating func beginBase() {
        if run == Self.unspaced { endRun() }
        run = Self.word
    }

    @inline(__always)
    mutating func beginUnspaced() {
        endRun()
        run = Self.unspaced
    }

    @inline(__always)
    mutating func beginMark() {
        if run == Self.nothing { run = Self.marks }
    }

    mutating func finish() {
        endRun()
    }
}
