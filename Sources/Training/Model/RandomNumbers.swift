#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A random number generator whose n-th number depends only on its key and n: SplitMix64 (Steele, Lea and Flood, "Fast
/// Splittable Pseudorandom Number Generators", 2014).
package struct RandomNumbers: RandomNumberGenerator {
    private var state: UInt64

    package init(key: UInt64) {
        state = key
    }

    package mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    /// A random number from 0 to below 1.
    package mutating func nextUnit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A random integer from 0 to below `limit`, which has to be far below 2^32.
    package mutating func next(below limit: Int) -> Int {
        Int(((next() >> 32) &* UInt64(limit)) >> 32)
    }

    /// A normally distributed number of mean 0 and standard deviation 1 (Box and Muller, 1958).
    mutating func nextNormal() -> Float {
        let radius = (-2 * log(1 - nextUnit())).squareRoot()
        return Float(radius * cos(2 * .pi * nextUnit()))
    }

    /// A key that is derived from several numbers.
    package static func key(_ parts: UInt64...) -> UInt64 {
        parts.reduce(0) { mix(($0 ^ $1) &+ step) }
    }

    private static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

    private static func mix(_ value: UInt64) -> UInt64 {
        var x = value
        x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
        return x ^ x >> 31
    }
}
