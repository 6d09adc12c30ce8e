internal import Basics
internal import CWords

/// Splits a text into words in one pass: it decodes, classifies, converts to lower case and writes at the same time.
///
/// The loop handles every byte of a corpus, so it writes through raw pointers into memory that `WordSplitter` reserved
/// for the longest possible result. If the CPU supports it, a C kernel handles common scripts in blocks of 64 bytes.
/// Otherwise the input is read in chunks of 8 bytes, and scalars of one or two bytes are handled without branches,
/// because branch prediction cannot know where words end.
struct WordPass {
    private let text: UnsafePointer<UInt8>
    private let count: Int
    private let tables: ScalarTables
    private let kernel: WordKernel?
    private let unsafe: UInt16
    /// The bits in a short scalar's table entry for which `step` has to handle the scalar.
    private let shortStop: UInt32
    private var index = 0
    private var output: WordOutput

    init(
        _ text: UnsafeBufferPointer<UInt8>, _ form: Normalization, _ tables: ScalarTables, _ kernel: WordKernel?,
        _ list: borrowing WordList
    ) {
        count = text.count
        // The buffer of an empty text may have no address. Any address can be used then, because nothing is read.
        self.text = text.baseAddress ?? UnsafePointer(list.bytes.base)
        self.tables = tables
        self.kernel = kernel
        unsafe = form.unsafe
        shortStop = form.shortStop
        output = WordOutput(list)
    }

    /// The end of the words in the list's bytes.
    var end: Int { output.end }
    /// The number of entries in the list's starts, including this text's.
    var startCount: Int { output.startCount }

    /// Splits the text. Returns false as soon as the text turns out not to be in the normalization form.
    @inline(never)
    mutating func run() -> Bool {
        let tops: UInt64 = 0x8080_8080_8080_8080
        // The text before this index has to be handled scalar by scalar (`step`).
        var longWay = 0
        // The kernel is called again from this index on. Where it handles only few bytes per call, calling it costs too
        // much.
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
                // First bytes of scalars of three or four bytes have their three top bits set. The shifts move bits of
                // the neighbouring byte only to the bottom of a byte, which the mask ignores.
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

    /// Handles the first four scalars of a chunk of scalars of one or two bytes. If one of them needs `step`, it does
    /// nothing and returns false.
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
            // Selects `two` if `isTwo` is 1, otherwise `one`. It uses a mask because compilers tend to turn a
            // conditional expression into a branch.
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

    /// Handles one scalar of any kind. Returns false if the text turns out not to be in the normalization form.
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

    /// Whether the mark at the current index has a combining class not below that of the scalar before it.
    private func isInOrder(_ mark: ScalarProperties) -> Bool {
        if index == 0 { return true }
        let previous = UTF8Code.decode(text + UTF8Code.previous(text, index)).scalar
        return tables[previous].combiningClass <= mark.combiningClass
    }
}

/// The words being written: the state of the run of scalars at their end, and the starts of the words.
private struct WordOutput {
    /// The possible states of the run at the end: no run.
    static let nothing = 0
    /// A word.
    static let word = 1
    /// Marks only, without a letter or number so far.
    static let marks = 2
    /// One scalar of a script without spaces, with its marks.
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

    /// Appends a scalar of one or two bytes to a word or to no run, or ends the word, according to its table entry.
    ///
    /// Bytes and starts are stored unconditionally and count only if `end` and `startCount` advance, which avoids
    /// branches.
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

    /// Appends the words that the kernel finds, and returns the number of bytes it handled. The run must be a word or
    /// nothing.
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
        // A loop: calling memcpy for two to four bytes costs more.
        for offset in 0..<length { bytes[end &+ offset] = source[offset] }
        end &+= length
    }

    mutating func append(scalar: UInt32) {
        end += UTF8Code.encode(scalar, bytes + end)
    }

    /// Ends the current run of scalars; called when a separator follows. A run of only marks is not a word, and is
    /// discarded.
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
